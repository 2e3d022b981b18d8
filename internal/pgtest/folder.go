package pgtest

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// newFolder creates a folder in base. It counts as in use while lock is open.
func newFolder(base string) (folder string, lock *os.File, err error) {
	folder, err = os.MkdirTemp(base, folderPrefix)
	if err != nil {
		return "", nil, err
	}
	if lock, err = os.Create(filepath.Join(folder, "in-use")); err != nil {
		return "", nil, err
	}
	return folder, lock, syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// sweepFolders removes folders whose process and keeper both died. A server
// that is somehow still there ends by itself when its files are gone. What
// cannot be removed belongs to another user.
func sweepFolders(base string) {
	folders, _ := filepath.Glob(filepath.Join(base, folderPrefix+"*"))
	for _, folder := range folders {
		info, err := os.Stat(folder)
		if err == nil && time.Since(info.ModTime()) > time.Minute && !locked(folder) {
			os.RemoveAll(folder)
		}
	}
}

// locked reports whether folder's process lives. In doubt it does.
func locked(folder string) bool {
	file, err := os.Open(filepath.Join(folder, "in-use"))
	if err != nil {
		return !os.IsNotExist(err)
	}
	defer file.Close()
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil
}

// memoryOr returns a folder in memory if it is large enough for many databases,
// which the default of a container is not, and folder otherwise.
func memoryOr(folder string) string {
	const memory, enough = "/dev/shm", 1 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < enough {
		return folder
	}
	probe, err := os.MkdirTemp(memory, "latchkey-probe-")
	if err != nil {
		return folder
	}
	os.Remove(probe)
	return memory
}
