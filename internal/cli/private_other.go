//go:build !unix

package cli

// keepFilesPrivate does nothing: here files inherit who may read them from
// their folder.
func keepFilesPrivate() {}
