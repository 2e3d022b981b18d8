//go:build !linux

package cores

func stayBehind(int) {}
