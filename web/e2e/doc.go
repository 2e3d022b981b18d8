// Package e2e tests the program in a real browser. Everything but this sentence
// needs the build tag e2e and Debian's chromium:
//
//	go test -tags e2e ./web/e2e/...
//
// A failing step leaves a picture of the page and its HTML in the folder out.
package e2e
