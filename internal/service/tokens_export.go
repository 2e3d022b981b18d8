package service

import (
	"cmp"
	"context"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// ExportTokens gives visit every token that x asks for and that actor may see,
// as it is at the beginning, and records before how many there are: no record,
// no export. Who may see less meanwhile gets no more of it.
func (s *Service) ExportTokens(ctx context.Context, actor console.Principal, x console.TokenExport, visit func(console.TokenLine) error) error {
	if err := s.RecordDenial(ctx, actor, cmp.Or(actor.NeedSomewhere(console.TokenRead), written(x.Filter.Repository)), console.Target{}); err != nil {
		return err
	}
	now, each, n, err := s.exported(ctx, actor, x)
	if err != nil {
		return err
	}
	err = s.change(ctx, actor, console.TokenRead, func(tx *store.Store, actor console.Principal) error {
		event := actor.Did(console.TokensExported, console.Target{Kind: console.TargetToken, Name: console.Count(n, "token")}, now)
		event.Changes = x.Fields()
		return s.record(ctx, tx, event)
	})
	if err != nil {
		return err
	}
	seen := 0
	return each(func(t console.Token) error {
		if seen++; seen%exportCheck == 0 {
			if err := s.seesStill(ctx, actor); err != nil {
				return err
			}
		}
		return visit(t.Line(now))
	})
}

// exportCheck is after how many tokens it is asked again whether the reader may
// still see them.
const exportCheck = 1000

// exported finds what x asks for: the time at which it is so, the way to visit
// each token, and how many there are.
func (s *Service) exported(ctx context.Context, actor console.Principal, x console.TokenExport) (time.Time, func(func(console.Token) error) error, int, error) {
	now := s.now()
	if len(x.Only) > 0 {
		tokens, err := s.chosen(ctx, actor, x.Filter.Repository, x.Only)
		return now, func(visit func(console.Token) error) error {
			for _, t := range tokens {
				if err := visit(t); err != nil {
					return err
				}
			}
			return nil
		}, len(tokens), err
	}
	f, some := s.visible(ctx, actor, x.Filter)
	if !some {
		return now, func(func(console.Token) error) error { return nil }, 0, nil
	}
	n, err := s.store.CountAllTokens(ctx, f, now)
	return now, func(visit func(console.Token) error) error {
		return s.store.EachToken(ctx, f, x.Sort, now, visit)
	}, n, err
}

// seesStill refuses actor if what they may see is not what it was.
func (s *Service) seesStill(ctx context.Context, actor console.Principal) error {
	if actor.Kind != console.PrincipalUser {
		return nil
	}
	user, err := s.store.FindUser(ctx, actor.GUID)
	if console.CodeOf(err) == console.CodeNotFound || err == nil && !user.DisabledAt.IsZero() {
		return console.Unauthenticated()
	}
	if err == nil && !actor.As(user).Sees().Same(actor.Sees()) {
		return console.Forbidden("What you may see was changed meanwhile.")
	}
	return err
}
