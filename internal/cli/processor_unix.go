//go:build unix

package cli

import (
	"syscall"
	"time"
)

// processorTime is how long this process has kept processors busy: what work
// costs, however many others are at work on the machine.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
