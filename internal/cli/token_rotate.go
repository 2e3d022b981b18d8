package cli

import (
	"context"
	"errors"
	"fmt"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenRotate struct {
	GUID      string `arg:"" name:"guid" help:"The token's GUID."`
	Overlap   string `default:"24h" placeholder:"TIME" help:"Until when the old secret works: now, first-use (of the new one), a time from now on, such as 1h, 24h or 7d, 2026-12-31T08:00 (UTC) or RFC 3339; at most 7 days (default: 24h)."`
	EndOldest bool   `help:"Where two secrets work already, end the older one at once."`
	JSON      bool   `name:"json" help:"Print the GUID and the new token string as JSON."`
}

// Run gives a token a new secret. Like that of a new token it goes to stdout,
// and everything for people to stderr.
func (r tokenRotate) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(r.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		overlap, err := r.overlap(svc)
		if err != nil {
			return err
		}
		token, secret, err := svc.RotateToken(ctx, actor, "", guid, console.Rotation{ID: console.NewGUID(), Overlap: overlap, EndOldest: r.EndOldest})
		if e, ok := errors.AsType[*console.Error](err); ok && e.Fields["until"] != "" {
			err = console.Problems{"overlap": e.Fields["until"]}.Err()
		}
		if err != nil {
			return absent(err, noSuchToken)
		}
		if err := r.hand(p, token, secret, overlap); err != nil {
			return fmt.Errorf("the secret of %s was rotated, but the new one could not be written and is lost; rotate it again: %w", token.GUID, err)
		}
		return nil
	})
}

func (r tokenRotate) overlap(svc *service.Service) (console.Overlap, error) {
	if overlap, ok := console.OverlapNamed(r.Overlap); ok {
		return overlap, nil
	}
	if length, ok := console.ParseLength(r.Overlap); ok {
		return console.Overlap{For: length}, nil
	}
	until, ok := console.ParseEnd(r.Overlap, svc.Now())
	p := console.Problems{}
	p.Check(ok && !until.IsZero(), "overlap", "Write now, first-use, a time such as 24h, 2026-12-31T08:00 or 2026-12-31T08:00:00+01:00.")
	return console.Overlap{Until: until}, p.Err()
}

// hand shows the new secret, here and nowhere else.
func (r tokenRotate) hand(p *program, token console.Token, secret console.Secret, overlap console.Overlap) error {
	if r.JSON {
		return p.sayJSON(createdJSON{token.GUID, secret.Reveal()})
	}
	p.complain("Rotated the secret of %s, GUID %s. The old one %s.\nThis is the only time that the new token string is shown:\n",
		token.Name, token.GUID, overlap.Words())
	return p.say("%s\n", secret.Reveal())
}

type tokenEndOverlap struct {
	GUID string `arg:"" name:"guid" help:"The token's GUID."`
}

// Run ends a token's old secret. Where there is none it does nothing.
func (e tokenEndOverlap) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(e.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		before, err := svc.GetToken(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		token, err := svc.EndOverlap(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		if token.Version == before.Version {
			return p.say("%s (%s) had no old secret that worked. Nothing changed.\n", token.Name, token.GUID)
		}
		return p.say("Ended the old secret of %s (%s).\n", token.Name, token.GUID)
	})
}
