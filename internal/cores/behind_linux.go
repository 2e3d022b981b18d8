package cores

import (
	"runtime"
	"syscall"
)

var usual, errUsual = niceOf(syscall.Getpid())

// stayBehind has the goroutine go behind by so much until it ends. It keeps its thread,
// which ends with it, since no thread may come back.
func stayBehind(by int) {
	if errUsual != nil {
		return
	}
	runtime.LockOSThread()
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), usual+by) // else it is like all others
}

// niceOf is how nice a thread is, which the system call tells as 20 less that.
func niceOf(thread int) (int, error) {
	told, err := syscall.Getpriority(syscall.PRIO_PROCESS, thread)
	return 20 - told, err
}
