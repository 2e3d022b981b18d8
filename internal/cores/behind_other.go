//go:build !linux

package cores

// GoBehind does nothing here.
func GoBehind() {}
