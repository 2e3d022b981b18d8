//go:build unix

package cli

import "syscall"

// keepFilesPrivate makes every file that the program creates from here on its
// owner's alone: SQLite's journal holds what the database holds.
func keepFilesPrivate() { syscall.Umask(0o077) }
