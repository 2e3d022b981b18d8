package cli

import (
	"context"
	"strconv"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenDisable struct {
	GUID  string `arg:"" name:"guid" help:"The token's GUID."`
	Until string `placeholder:"TIME" help:"When the pause ends: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time from now on, such as 12h or 7d (default: when it is enabled)."`
}

// Run pauses a token.
func (d tokenDisable) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(d.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		until, ok := console.ParseUntil(d.Until, svc.Now())
		problems := console.Problems{}
		problems.Check(ok, "until", console.InstantForms+console.LengthForms+".")
		if err := problems.Err(); err != nil {
			return err
		}
		token, err := svc.DisableToken(ctx, actor, "", guid, until)
		if err != nil {
			return absent(err, noSuchToken)
		}
		return p.say("%s (%s) is disabled until %s.\n", token.Name, token.GUID, instant(token.DisabledUntil, "it is enabled"))
	})
}

type tokenEnable struct {
	GUID string `arg:"" name:"guid" help:"The token's GUID."`
}

// Run ends a token's pause. Enabling what is not paused does nothing.
func (e tokenEnable) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(e.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		token, err := svc.EnableToken(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		return p.say("%s (%s) is enabled and %s.\n", token.Name, token.GUID, token.Status(svc.Now()))
	})
}

type tokenDelete struct {
	GUID    string `arg:"" name:"guid" help:"The token's GUID."`
	Confirm string `placeholder:"NAME" help:"The token's name. An active token is not deleted without it."`
}

// Run removes a token.
func (d tokenDelete) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(d.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		token, err := svc.DeleteToken(ctx, actor, "", guid, d.Confirm)
		if err != nil {
			return absent(err, noSuchToken)
		}
		return p.say("%s (%s) is deleted.\n", token.Name, token.GUID)
	})
}

type tokenRevoke struct {
	GUID   []string `arg:"" name:"guid" help:"The tokens' GUIDs."`
	Reason string   `placeholder:"TEXT" help:"Why, for the record."`
}

// Run ends tokens for good, one after the other. One that can't be ended does
// not keep the others from it; the worst of what happened is the exit code.
func (r tokenRevoke) Run(ctx context.Context, p *program) error {
	if len(r.GUID) == 1 {
		if _, err := parseGUID(r.GUID[0]); err != nil {
			return err
		}
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		var worst console.Code
		for i, text := range r.GUID {
			name := "argument " + strconv.Itoa(i+1) // not its text, which may be a token string
			guid, err := parseGUID(text)
			if err == nil {
				name = string(guid)
				err = r.revoke(ctx, p, svc, actor, guid)
			}
			switch code := console.CodeOf(err); {
			case err == nil:
			case len(r.GUID) == 1:
				return err
			case code == console.CodeNotFound, name != string(guid):
				p.complain("latchkey: %s: %s\n", name, console.Sentence(err))
				worst = worse(worst, code)
			default: // it would be the same for the rest
				p.notTried(r.GUID[i+1:])
				return err
			}
		}
		if worst != "" {
			return told{worst}
		}
		return nil
	})
}

func (r tokenRevoke) revoke(ctx context.Context, p *program, svc *service.Service, actor console.Principal, guid console.GUID) error {
	token, err := svc.RevokeToken(ctx, actor, "", guid, r.Reason)
	if err != nil {
		return absent(err, noSuchToken)
	}
	if token.RevokedAt.IsZero() {
		return p.say("%s (%s) had expired on %s already.\n", token.Name, token.GUID, instant(token.ValidTo, ""))
	}
	return p.say("%s (%s) is revoked since %s.\n", token.Name, token.GUID, instant(token.RevokedAt, ""))
}

// notTried names the tokens that are left when a command stops on its way.
func (p *program) notTried(texts []string) {
	var guids []string
	for _, text := range texts {
		if guid, err := parseGUID(text); err == nil {
			guids = append(guids, string(guid))
		}
	}
	if len(guids) > 0 {
		p.complain("Not tried: %s\n", strings.Join(guids, " "))
	}
}
