package console_test

import (
	"testing"
	"time"

	"latchkey/internal/console"
)

func TestOverlapsEnd(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for _, test := range []struct {
		name    string
		overlap console.Overlap
		tokenTo time.Duration // zero for never
		want    time.Duration
		code    console.Code
	}{
		{"at once", console.Overlap{}, 0, 0, ""},
		{"an hour", console.Overlap{For: time.Hour}, 0, time.Hour, ""},
		{"the limit", console.Overlap{For: week}, 0, week, ""},
		{"more than the limit", console.Overlap{For: week + time.Millisecond}, 0, 0, console.CodeInvalid},
		{"less than nothing", console.Overlap{For: -time.Millisecond}, 0, 0, console.CodeInvalid},
		{"longer than the token", console.Overlap{For: week}, time.Hour, time.Hour, ""},
		{"first use", console.Overlap{FirstUse: true}, 0, week, ""},
		{"first use, of a token that ends before", console.Overlap{FirstUse: true}, time.Hour, time.Hour, ""},
		{"a time", console.Overlap{Until: now.Add(time.Hour)}, 0, time.Hour, ""},
		{"a time between two milliseconds", console.Overlap{Until: now.Add(time.Hour + 999)}, 0, time.Hour, ""},
		{"now", console.Overlap{Until: now}, 0, 0, console.CodeInvalid},
		{"a moment from now", console.Overlap{Until: now.Add(time.Millisecond)}, 0, time.Millisecond, ""},
		{"at the limit", console.Overlap{Until: now.Add(week)}, 0, week, ""},
		{"a moment after the limit", console.Overlap{Until: now.Add(week + time.Millisecond)}, 0, 0, console.CodeInvalid},
		{"as the token ends", console.Overlap{Until: now.Add(time.Hour)}, time.Hour, time.Hour, ""},
		{"a moment after the token", console.Overlap{Until: now.Add(time.Hour + time.Millisecond)}, time.Hour, 0, console.CodeInvalid},
	} {
		var token console.Token
		if test.tokenTo > 0 {
			token.ValidTo = now.Add(test.tokenTo)
		}
		end, err := test.overlap.End(token, now)
		if console.CodeOf(err) != test.code || err == nil && !end.Equal(now.Add(test.want)) {
			t.Errorf("%s: %v, %v, want %v, %q", test.name, end.Sub(now), err, test.want, test.code)
		}
	}
	words := map[string]bool{}
	for _, name := range []string{"now", "1h", "24h", "7d", "first-use", console.UsualOverlap} {
		overlap, ok := console.OverlapNamed(name)
		if _, err := overlap.End(console.Token{}, now); !ok || err != nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
		words[overlap.Words()] = true
	}
	if _, ok := console.OverlapNamed("never"); ok || len(words) != 5 {
		t.Errorf("the words are %v, or there is an overlap without an end", words)
	}
}

func TestSecretsLive(t *testing.T) {
	end := now.Add(time.Hour)
	current, old := console.KeptSecret{CreatedAt: now}, console.KeptSecret{CreatedAt: now, EndsAt: end}
	for at, want := range map[time.Time]bool{end.Add(-time.Millisecond): true, end: false, end.Add(time.Millisecond): false} {
		if got := old.Live(at); got != want || !current.Live(at) || old.Current() || !current.Current() {
			t.Errorf("at %v the old secret is live: %v", at, got)
		}
		if found, ok := console.Overlapping([]console.KeptSecret{current, old}, at); ok != want || ok && found != old {
			t.Errorf("at %v %+v overlaps", at, found)
		}
	}
}

func TestWhatATokenAsksAbout(t *testing.T) {
	own, other := console.RepositoryRef{GUID: console.NewGUID(), Name: "own"}, console.RepositoryRef{GUID: console.NewGUID(), Name: "other"}
	of := func(refs ...console.RepositoryRef) console.Token {
		return console.Token{GUID: console.NewGUID(), Repositories: refs}
	}
	scopes := []string{console.ScopeIntrospect}
	for _, asks := range console.Types {
		p := console.Principal{}.AsToken(console.Token{GUID: console.NewGUID(), Type: asks, Scopes: scopes, Repositories: []console.RepositoryRef{own}})
		for name, test := range map[string]struct {
			token               console.Token
			repository, anybody int // how many repositories it is told of, -1 for nothing at all
		}{
			"its own": {of(own), 1, 1}, "both": {of(own, other), 1, 2}, "another's": {of(other), -1, 1}, "nobody's": {of(), -1, 0},
		} {
			want := map[console.Type]int{console.TypeRepository: test.repository, console.TypeOrganization: test.anybody, console.TypeSystem: test.anybody}[asks]
			if asks != console.TypeRepository && asks != console.TypeOrganization && asks != console.TypeSystem {
				want = -1
			}
			before := len(test.token.Repositories)
			told, some := p.AsksAbout(test.token)
			if some != (want >= 0) || some && len(told.Repositories) != want || len(test.token.Repositories) != before {
				t.Errorf("a token of type %s is told of %s: %v, %v", asks, name, told.Repositories, some)
			}
		}
	}
}
