package main

import "testing"

func TestCommittedAssetsAreCurrent(t *testing.T) {
	if err := run("../..", true); err != nil {
		t.Error(err)
	}
}
