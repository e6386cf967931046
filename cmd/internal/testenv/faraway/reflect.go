//go:build linux

package faraway

import (
	"os"
	"time"
)

// packet is one on its way.
type packet struct {
	bytes   []byte
	arrives time.Time
}

// reflect gives each packet of IPv4 back to the device after a while, with its source and
// destination exchanged, until the device is closed.
func reflect(device *os.File, after time.Duration) {
	way := make(chan packet, 1<<12)
	defer close(way)
	go func() {
		for p := range way {
			time.Sleep(time.Until(p.arrives))
			_, _ = device.Write(p.bytes) // what the kernel does not take is lost, as on a network
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := device.Read(buf)
		if err != nil {
			return
		}
		if p := append([]byte(nil), buf[:n]...); exchange(p) {
			way <- packet{p, time.Now().Add(after)}
		}
	}
}

// exchange exchanges the addresses of an IPv4 packet, which leaves its checksums right,
// and reports whether it is one.
func exchange(p []byte) bool {
	if len(p) < 20 || p[0]>>4 != 4 {
		return false
	}
	var source [4]byte
	copy(source[:], p[12:16])
	copy(p[12:16], p[16:20])
	copy(p[16:20], source[:])
	return true
}
