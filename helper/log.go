package helper

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// logFile is how CREDENTIAL_IAM_LOG names a file.
const logFile = "file:"

// systemLog returns the log that a value of CREDENTIAL_IAM_LOG asks for: "debug", "1"
// and "true" log to stderr, "file:PATH" appends to a file, and "" is silent. Of a
// value that cannot be used it says so on stderr, once, and the program goes on.
func systemLog(name, value string, stderr io.Writer) Log {
	complain := func(why string) Log {
		_, _ = io.WriteString(stderr, name+": CREDENTIAL_IAM_LOG: "+OneLine(why, 200)+"; run: "+SetCommand("CREDENTIAL_IAM_LOG", "debug")+"\n")
		return nil
	}
	path, toFile := strings.CutPrefix(value, logFile)
	switch {
	case value == "":
		return nil
	case value == "debug", value == "1", value == "true":
		return func(format string, args ...any) {
			_, _ = io.WriteString(stderr, time.Now().Format("15:04:05.000 ")+name+": "+logLine(format, args)+"\n")
		}
	case LooksSecret(value):
		return complain(NotShown)
	case !toFile:
		return complain(strconv.Quote(value) + " is not one of debug, 1, true, file:PATH")
	case !filepath.IsAbs(path):
		return complain(strconv.Quote(value) + ": the path must be absolute, because clients run the programs in any folder")
	}
	if err := appendLog(path, ""); err != nil {
		return complain(err.Error())
	}
	who := " " + name + "[" + strconv.Itoa(os.Getpid()) + "]: "
	return func(format string, args ...any) {
		_ = appendLog(path, time.Now().Format("2006-01-02T15:04:05.000Z07:00")+who+logLine(format, args)+"\n")
	}
}

func logLine(format string, args []any) string {
	return OneLine(fmt.Sprintf(format, args...), 1000)
}

// appendLog writes a line in one piece, so that the lines of several processes do not
// mix. A pipe that nobody reads would hold the program up, so only a file is written.
func appendLog(path, line string) error {
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(line)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}
