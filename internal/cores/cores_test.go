package cores

import (
	"runtime"
	"testing"
)

func TestThreadsToSpare(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(before)
	t.Setenv("GOMAXPROCS", "3")
	if Share(); runtime.GOMAXPROCS(0) != before {
		t.Error("what somebody set does not win")
	}
	t.Setenv("GOMAXPROCS", "")
	cores := Count()
	if Share(); runtime.GOMAXPROCS(0) != threadsPerCore*cores || Count() != cores {
		t.Errorf("%d threads on %d cores, and %d afterwards", runtime.GOMAXPROCS(0), cores, Count())
	}
}
