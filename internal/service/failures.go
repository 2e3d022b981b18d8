package service

import (
	"time"

	"latchkey/internal/console"
	"latchkey/internal/gate"
)

// A caller answers for its clients, who send it what they like; a network for
// all who did not say who they are. What succeeds is never limited, except for
// reports, of which all look the same.
var (
	callerLimit  = gate.Limit{Burst: 600, Forgiven: time.Second / 20}
	networkLimit = gate.Limit{Burst: 60, Forgiven: time.Second / 2}
	reportLimit  = gate.Limit{Burst: 60, Forgiven: time.Second}
)

// CallerFailed counts what somebody asked with a token that works and that came
// to nothing; limited if that was too often.
func (s *Service) CallerFailed(token console.GUID) error {
	return s.failed("token "+string(token), callerLimit)
}

// StrangerFailed counts what came to nothing because nobody knows who asked, from
// that address, for its network; limited if that was too often.
func (s *Service) StrangerFailed(address string) error {
	return s.failed("network "+console.Network(address), networkLimit)
}

// LeakReported counts a report of a leak from that address, for its network;
// limited if there are too many.
func (s *Service) LeakReported(address string) error {
	return s.failed("report "+console.Network(address), reportLimit)
}

func (s *Service) failed(who string, by gate.Limit) error {
	if wait := s.failures.Count(who, by, s.clock()); wait > 0 {
		return console.Limited("Too many requests that came to nothing.", wait)
	}
	return nil
}
