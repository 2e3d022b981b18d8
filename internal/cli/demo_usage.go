package cli

import (
	"net/netip"
	"time"

	"latchkey/internal/console"
)

// sampleAgents are the programs that use tokens.
var sampleAgents = []string{
	"Grafana/12.2.1", "curl/8.14.1", "python-requests/2.32.5", "Go-http-client/2.0", "GitHub-Hookshot/4b2d1f", "okhttp/5.1.0", "Terraform/1.13.4",
}

// A habit is how a token is used while it works.
type habit struct {
	// guid is the token's, and text its token string from its creation on.
	guid console.GUID
	text string
	// since and until are how many days ago it began to work and ceased to; 0 is now.
	since, until int
	// why it is refused since it ceased to work; empty if it still works.
	why console.Reason
}

// use plans the uses of the i-th token: every day, less at the weekend, or
// seldom, or long ago, or never.
func (s *sampler) use(i int, h *habit) {
	const seldom, longAgo, unused = 7, 8, 9
	kind := i * 7 % 10
	if kind == unused && h.why == "" {
		return
	}
	last := h.until
	if kind == longAgo {
		last = max(h.until, min(h.since-1, 35+i*11%70))
	}
	at := s.on(last+1, i)
	if last == 0 {
		at = s.now.Add(-time.Duration(11+i*397%9000) * time.Second)
	}
	s.plan(at, func() error { return s.present(i, h, console.Requirement{}) })
	daily := []int{38_000, 5200, 1440, 640, 288, 96, 24, 3}[min(kind, seldom)]
	s.plan(s.now, func() error {
		today := console.DayOf(s.now)
		for ago := min(h.since-1, console.UsageKeptDays-1); ago >= 0; ago-- {
			if counts := s.onDay(i, ago, last, daily, h); len(counts) > 0 {
				for k := range counts {
					counts[k].Day = today - console.Day(ago)
				}
				s.counts[h.guid] = append(s.counts[h.guid], counts...)
			}
		}
		return nil
	})
	if h.why != "" && i%3 == 0 && last > 1 {
		s.plan(s.on(last-1, i), func() error {
			for range 3 + i%20 {
				if err := s.present(i, h, console.Requirement{}); err != nil {
					return err
				}
			}
			return s.FlushUsage(s.ctx, true)
		})
	}
}

// onDay is how the i-th token was answered on a day so long ago.
func (s *sampler) onDay(i, ago, last, daily int, h *habit) []console.DayCount {
	noise := 70 + (i*31+ago*47)%60 // percent of the usual
	if day := s.now.AddDate(0, 0, -ago).Weekday(); day == time.Saturday || day == time.Sunday {
		noise /= 3
	}
	n := daily * noise / 100
	if ago == 0 { // so far
		n = n * int(s.now.Sub(s.now.Truncate(24*time.Hour)).Minutes()) / (24 * 60)
	}
	switch {
	case n == 0:
		return nil
	case ago >= last && i%6 == 0 && ago%5 == 0:
		return []console.DayCount{{N: n}, {Reason: console.ReasonScopeMissing, N: 1 + n/400}}
	case ago >= last:
		return []console.DayCount{{N: n}}
	case h.why != "" && i%3 == 0 && last-ago < 20: // somebody goes on trying
		return []console.DayCount{{Reason: h.why, N: 1 + n/(40*(last-ago))}}
	}
	return nil
}

// present shows a token to a gateway, from within the cluster.
func (s *sampler) present(i int, h *habit, r console.Requirement) error {
	r.From = console.Presenter{
		Address: netip.AddrFrom4([4]byte{10, 20, byte(i % 8), byte(1 + i*7%250)}), Agent: sampleAgents[i%len(sampleAgents)],
	}
	_, err := s.Allow(s.ctx, h.text, r)
	return err
}
