package store

import (
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
)

// A turn is a token becoming something on a day.
type turn struct {
	facet        string
	day          console.Day
	was, becomes console.Status
}

// turnCounts count the turns of many tokens, as triggers would have counted them
// one by one.
type turnCounts map[turn]int

func (c turnCounts) add(t console.Token) {
	facets := []string{string(everyToken)}
	if t.IPFilter.GUID == "" {
		facets = append(facets, string(openTokens))
	}
	if t.ValidTo.IsZero() {
		facets = append(facets, string(endlessTokens)+strings.Join(t.Scopes, " "))
	}
	for _, r := range t.Repositories {
		facets = append(facets, string(r.GUID))
	}
	for _, turn := range turnsOf(t) {
		for _, turn.facet = range facets {
			c[turn]++
		}
	}
}

// beginning is the day on which tokens become what they are at first.
const beginning console.Day = -1

// turnsOf says in Go what the view turns_of_tokens says in SQL.
func turnsOf(t console.Token) []turn {
	if !t.RevokedAt.IsZero() {
		return []turn{{day: console.DayOf(t.RevokedAt), becomes: console.StatusRevoked}}
	}
	t.CreatedAt = time.Time{}
	before := t.Status(t.CreatedAt)
	turns := []turn{{day: beginning, becomes: before}}
	instants := []time.Time{t.DisabledUntil, t.ValidFrom, t.ValidTo}
	slices.SortFunc(instants, time.Time.Compare)
	for _, at := range instants {
		if status := t.Status(at); status != before {
			turns = append(turns, turn{day: console.DayOf(at), was: before, becomes: status})
			before = status
		}
	}
	return turns
}

func (c turnCounts) rows() [][]any {
	rows := make([][]any, 0, len(c))
	for turn, n := range c {
		rows = append(rows, []any{turn.facet, int32(turn.day), string(turn.was), string(turn.becomes), int64(n)})
	}
	return rows
}
