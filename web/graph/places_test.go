package graph

import (
	"context"
	"testing"
	"time"

	"latchkey/internal/console"
)

// TestNobodyTakesAllPlaces: who has theirs waits for their own only.
func TestNobodyTakesAllPlaces(t *testing.T) {
	p := newPlaces(2)
	admit := func(caller console.GUID) (*callerPlaces, func()) {
		t.Helper()
		own, forget, err := p.admit(caller)
		if err != nil {
			t.Fatal(err)
		}
		return own, forget
	}
	enter := func(own *callerPlaces) (func(), error) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		return p.enter(ctx, own)
	}
	busy, forget := admit("busy")
	leave := []func(){}
	for range p.each {
		one, err := enter(busy)
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, one)
	}
	if _, err := enter(busy); console.CodeOf(err) != console.CodeLimited {
		t.Errorf("one more of the same caller: %v", err)
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&graph{places: p}).inPlace(impatient, busy, func() error { panic("there is no place") }); console.CodeOf(err) != console.CodeLimited {
		t.Errorf("work without a place: %v", err)
	}
	other, forgetOther := admit("other")
	if one, err := enter(other); err != nil {
		t.Errorf("another caller: %v", err)
	} else {
		one()
	}
	forgetOther()
	leave[0]()
	if one, err := enter(busy); err != nil {
		t.Errorf("after one left: %v", err)
	} else {
		one()
	}
	for range ofCallerAtAll - 1 {
		_, one := admit("busy")
		defer one()
	}
	if _, _, err := p.admit("busy"); console.CodeOf(err) != console.CodeLimited {
		t.Errorf("too many: %v", err)
	}
	leave[1]()
	forget()
	if _, known := p.callers["other"]; known || len(p.all) != 0 {
		t.Errorf("%d places are taken, and %v are known", len(p.all), p.callers)
	}
}
