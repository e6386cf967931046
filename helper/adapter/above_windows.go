package adapter

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// process returns the name of the program of a process and the process above it.
func process(pid int) (name string, parent int, ok bool) {
	all, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return "", 0, false
	}
	defer func() { _ = windows.CloseHandle(all) }()
	p := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(all, &p); err == nil; err = windows.Process32Next(all, &p) {
		if int(p.ProcessID) == pid {
			return windows.UTF16ToString(p.ExeFile[:]), int(p.ParentProcessID), true
		}
	}
	return "", 0, false
}
