package service

import (
	"context"
	"crypto/rand"
	"fmt"
	"iter"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// synthetic makes tokens that look like those of an installation that has run
// for years: most have ended, names repeat their words, a few scopes are
// common and the rest are rare. The same number makes the same tokens, apart
// from their GUIDs.
type synthetic struct {
	state        uint64
	now          time.Time
	owners       []console.PersonRef
	repositories []console.RepositoryRef
	scopes       map[console.Type][]console.Scope
}

var (
	syntheticPlaces   = []string{"grafana", "ci", "terraform", "billing", "edge", "mobile", "search", "fraud", "settlement", "partner", "looker", "backup"}
	syntheticWork     = []string{"readonly", "deploy", "export", "ingest", "sync", "worker", "replay", "bridge", "probe", "report"}
	syntheticStages   = []string{"production", "staging", "eu", "us", "test"}
	syntheticReserved = 50
)

// FillSynthetic fills an empty database with that many synthetic tokens, a
// million in about a minute, in 50 repositories. Nobody knows their secrets.
func (s *Service) FillSynthetic(ctx context.Context, actor console.Principal, tokens int) error {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{}); err != nil {
		return err
	}
	g := &synthetic{now: s.now(), scopes: map[console.Type][]console.Scope{}}
	for _, scope := range console.BuiltIn().All() {
		for _, t := range scope.Types {
			g.scopes[t] = append(g.scopes[t], scope)
		}
	}
	users, err := s.store.ListUsers(ctx, nameLimit)
	if err != nil {
		return err
	}
	for _, user := range users {
		g.owners = append(g.owners, user.Ref())
	}
	for i := range syntheticReserved {
		r, err := s.CreateRepository(ctx, actor, console.NewRepository{
			Name: fmt.Sprintf("%s-%02d", syntheticPlaces[i%len(syntheticPlaces)], i+1), Kind: console.KindRepository,
			Description: "Synthetic repository",
		})
		if err != nil {
			return err
		}
		g.repositories = append(g.repositories, r.Ref())
	}
	return s.store.LoadTokens(ctx, g.tokens(tokens, s.keys.id), g.now)
}

// FillUsage adds how often tokens were allowed and refused, for a trial.
func (s *Service) FillUsage(ctx context.Context, actor console.Principal, counts map[console.GUID][]console.DayCount) error {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{}); err != nil {
		return err
	}
	var uses []store.TokenUse
	for token, counts := range counts {
		uses = append(uses, store.TokenUse{Token: token, Counts: counts})
	}
	return s.store.Tx(ctx, func(tx *store.Store) error {
		_, err := tx.AddTokenUses(ctx, uses)
		return err
	})
}

func (g *synthetic) tokens(n int, keyID string) iter.Seq2[console.Token, store.SecretHash] {
	return func(yield func(console.Token, store.SecretHash) bool) {
		for i := range n {
			hash := make([]byte, 32)
			_, _ = rand.Read(hash)
			if !yield(g.token(i), store.SecretHash{Hash: hash, KeyID: keyID}) {
				return
			}
		}
	}
}

// below returns a number in [0, n) by SplitMix64: the sequence is always the same.
func (g *synthetic) below(n int) int {
	g.state += 0x9e3779b97f4a7c15
	z := g.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

func (g *synthetic) token(i int) console.Token {
	kind := console.TypeRepository
	switch g.below(20) {
	case 0:
		kind = console.TypeOrganization
	case 1:
		kind = console.TypeSystem
	}
	created := g.now.Add(-time.Duration(g.below(3*365*24*60)) * time.Minute)
	t := console.Token{
		GUID: console.NewGUID(), Type: kind, CreatedAt: created, UpdatedAt: created, Version: 1,
		Name: fmt.Sprintf("%s-%s-%s-%06x", syntheticPlaces[g.below(len(syntheticPlaces))], syntheticWork[g.below(len(syntheticWork))],
			syntheticStages[g.below(len(syntheticStages))], i),
		Description: "Synthetic token", Creator: console.PersonRef{Name: "latchkey demo"},
	}
	if kind == console.TypeRepository {
		// Half of the tokens are in a tenth of the repositories.
		place := g.below(len(g.repositories))
		if g.below(2) == 0 {
			place = g.below(max(1, len(g.repositories)/10))
		}
		t.Repositories = g.repositories[place : place+1]
	}
	if len(g.owners) > 0 {
		t.Owner = g.owners[g.below(len(g.owners))]
	}
	g.addScopes(&t)
	g.addDates(&t)
	// Another sequence: tokens are the same whether or not they are used.
	(&synthetic{state: uint64(i) << 20, now: g.now}).addUse(&t)
	return t
}

// addScopes gives one to four scopes, the first of the catalogue most often.
func (g *synthetic) addScopes(t *console.Token) {
	offered := g.scopes[t.Type]
	first := g.below(1 + g.below(len(offered)))
	for k := range 1 + g.below(4) {
		if first+k < len(offered) {
			t.Scopes = append(t.Scopes, offered[first+k].Name)
		}
	}
}

// addDates makes about 60 % expired, 12 % revoked, 3 % scheduled or disabled,
// and the rest active, a fifth of them without an end.
func (g *synthetic) addDates(t *console.Token) {
	const day = 24 * time.Hour
	past := time.Duration(1+g.below(int(g.now.Sub(t.CreatedAt)/time.Minute)+1)) * time.Minute
	future := time.Duration(1+g.below(365*24*60)) * time.Minute
	switch share := g.below(100); {
	case share < 60:
		t.ValidTo = t.CreatedAt.Add(past)
	case share < 72:
		t.RevokedAt = t.CreatedAt.Add(past)
		t.ValidTo, t.RevokeReason = t.RevokedAt, "Rotated out"
	case share < 74:
		t.ValidFrom, t.ValidTo = g.now.Add(future), g.now.Add(future+90*day)
	case share < 75:
		t.DisabledAt, t.ValidTo = g.now.Add(-time.Hour), g.now.Add(future)
	case share < 95:
		t.ValidTo = g.now.Add(future)
	}
}

// addUse makes about a tenth of the tokens unused, and a tenth of those that
// still work unused for months. The rest was used shortly before its end, or
// before now.
func (g *synthetic) addUse(t *console.Token) {
	const day = 24 * time.Hour
	end := g.now
	if status := t.Status(g.now); status == console.StatusScheduled {
		return
	} else if status.Final() {
		end = t.ValidTo
	}
	back := time.Duration(g.below(int(day/time.Second))) * time.Second
	switch share := g.below(10); {
	case share == 0:
		return
	case share == 1:
		back += time.Duration(60+g.below(200)) * day
	case share < 4:
		back += time.Duration(g.below(40)) * day
	}
	if t.UsedAt = end.Add(-back); t.UsedAt.Before(t.ActiveFrom()) {
		t.UsedAt = t.ActiveFrom()
	}
}
