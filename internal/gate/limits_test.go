package gate

import (
	"fmt"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	l, by := &Limits{}, Limit{Burst: 3, Forgiven: time.Second}
	for i := range 3 {
		if wait := l.Count("a", by, start); wait != 0 {
			t.Errorf("failure %d waits %v", i, wait)
		}
	}
	for _, test := range []struct {
		who  string
		at   time.Time
		free bool
	}{
		{"a", start, false}, {"a", start, false}, {"b", start, true}, {"a", start.Add(time.Second), true}, {"a", start.Add(time.Second), false},
	} {
		if wait := l.Count(test.who, by, test.at); (wait == 0) != test.free {
			t.Errorf("after its burst, %s waits %v at %v", test.who, wait, test.at)
		}
	}
	for i := range bucketLimit + 10 {
		l.Count(fmt.Sprint(i), by, start)
	}
	if len(l.empty) > bucketLimit {
		t.Errorf("%d buckets are kept", len(l.empty))
	}
}
