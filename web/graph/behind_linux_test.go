package graph

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestProgramsGoBehind verification: what is worked on in a place, and the parts of a
// query, which the library gives goroutines. A panic there is told with where it was.
func TestProgramsGoBehind(t *testing.T) {
	usual, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	behind := func() bool {
		now, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid())
		return err == nil && now < usual // as the system call tells it
	}
	var log bytes.Buffer
	g := &graph{places: newPlaces(1), log: slog.New(slog.NewTextHandler(&log, nil))}
	own, forget, err := g.places.admit("somebody")
	if err != nil {
		t.Fatal(err)
	}
	defer forget()
	if err := g.inPlace(t.Context(), own, func() error {
		if !behind() {
			t.Error("an operation does not go behind")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := g.inPlace(t.Context(), own, func() error { return breaks() }); err != errPanic || !strings.Contains(log.String(), "graph.breaks") {
		t.Errorf("a panic became %v, and the log says %s", err, log.String())
	}
	var parts sync.WaitGroup
	for kind, want := range map[string]bool{"Query": true, "Token": false} {
		parts.Go(func() {
			_, finish := counter{}.TraceField(t.Context(), "", kind, "tokens", false, nil)
			defer finish(nil)
			if behind() != want {
				t.Errorf("a field of %s goes behind: %t", kind, !want)
			}
		})
	}
	parts.Wait()
}

func breaks() error { panic("broken") }
