package cli

import (
	"context"
	"slices"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type tokenEdit struct {
	GUID        string   `arg:"" name:"guid" help:"The token's GUID."`
	Name        *string  `placeholder:"NAME" help:"New name."`
	Description *string  `placeholder:"TEXT" help:"What it is for; an empty text removes it."`
	Scope       []string `sep:"none" xor:"add,remove" placeholder:"SCOPE" help:"One thing that it may do, instead of all that it has. Repeat for several."`
	AddScope    []string `name:"add-scope" sep:"none" xor:"add" placeholder:"SCOPE" help:"One more thing that it may do. Repeat for several."`
	RemoveScope []string `name:"remove-scope" sep:"none" xor:"remove" placeholder:"SCOPE" help:"One thing that it may no longer do. Repeat for several."`
	ValidFrom   *string  `placeholder:"TIME" help:"First instant: 2026-12-31, 2026-12-31T08:00 (both UTC) or RFC 3339; none for its creation."`
	ValidTo     *string  `placeholder:"TIME" help:"End: as above, where a day is included to its end, or a time from now on, such as 12h, 90d or 1y; none for no end."`
	Owner       *string  `placeholder:"ADDRESS" help:"Who answers for it, by e-mail address; none for nobody."`
	IPFilter    *string  `name:"ip-filter" placeholder:"NAME" help:"IP filter that says from where it can be used; none for from everywhere."`
	Version     *int     `placeholder:"N" help:"Refuse if the token is not at this version, which “token show” tells."`
}

// Run changes what was named of a token, and says what that was.
func (e tokenEdit) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(e.GUID)
	if err != nil {
		return err
	}
	if !e.changesAnything() {
		return &console.Error{Code: console.CodeInvalid, Message: "Say what to change: “latchkey token edit --help” lists what can be."}
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		before, err := svc.GetToken(ctx, actor, "", guid)
		if err != nil {
			return absent(err, noSuchToken)
		}
		patch, err := e.patch(ctx, svc, actor, before)
		if err != nil {
			return err
		}
		version := before.Version
		if e.Version != nil {
			version = *e.Version
		}
		after, err := svc.UpdateToken(ctx, actor, "", guid, version, patch)
		if err != nil {
			return absent(err, noSuchToken)
		}
		if err := p.say("%s (%s) is at version %d.\n", after.Name, after.GUID, after.Version); err != nil {
			return err
		}
		for _, change := range console.Changes(before.Fields(), after.Fields()) {
			if err := p.say("  %s\n", changeText(change)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e tokenEdit) changesAnything() bool {
	return e.Name != nil || e.Description != nil || e.ValidFrom != nil || e.ValidTo != nil || e.Owner != nil || e.IPFilter != nil ||
		len(e.Scope)+len(e.AddScope)+len(e.RemoveScope) > 0
}

// none is how to write that a time or an owner shall be absent. Nothing at all
// is not: a variable that happens to be empty must not make a token last for ever.
const none = "none"

// patch reads the command line, and reports everything that is wrong with it
// together with everything that is wrong with what it would make of the token.
func (e tokenEdit) patch(ctx context.Context, svc *service.Service, actor console.Principal, before console.Token) (console.TokenPatch, error) {
	patch := console.TokenPatch{Name: e.Name, Description: e.Description}
	catalogue, err := svc.Catalogue(ctx)
	if err != nil {
		return patch, err
	}
	problems, now := console.Problems{}, svc.Now()
	e.readScopes(&patch, before, catalogue, problems)
	e.readTimes(&patch, before, now, problems)
	if e.Owner != nil {
		owner := console.GUID("")
		if *e.Owner != none {
			owner, err = findOwner(ctx, svc, actor, *e.Owner, problems)
		}
		if err != nil {
			return patch, err
		}
		patch.Owner = &owner
	}
	if e.IPFilter != nil {
		filter := console.GUID("")
		if *e.IPFilter != none {
			filter, err = findIPFilter(ctx, svc, actor, *e.IPFilter, problems)
		}
		if err != nil {
			return patch, err
		}
		patch.IPFilter = &filter
	}
	if len(problems) == 0 {
		return patch, nil
	}
	return patch, joined(problems, patch.Apply(before).ValidateChange(before, now, catalogue))
}

func (e tokenEdit) readScopes(patch *console.TokenPatch, before console.Token, catalogue console.Catalogue, problems console.Problems) {
	if len(e.Scope)+len(e.AddScope)+len(e.RemoveScope) == 0 {
		return
	}
	scopes := e.Scope
	if len(scopes) == 0 {
		scopes = append(slices.Clone(before.Scopes), e.AddScope...)
		scopes = slices.DeleteFunc(scopes, func(name string) bool { return slices.Contains(e.RemoveScope, name) })
	}
	for _, name := range e.RemoveScope {
		_, known := catalogue.Find(name)
		problems.Check(known || slices.Contains(before.Scopes, name), "remove_scope", "There is no scope “"+name+"”.")
	}
	patch.Scopes = &scopes
}

func (e tokenEdit) readTimes(patch *console.TokenPatch, before console.Token, now time.Time, problems console.Problems) {
	const orNone = ", or none."
	start := before.ValidFrom
	if e.ValidFrom != nil {
		from, ok := time.Time{}, true
		if *e.ValidFrom != none {
			from, ok = console.ParseInstant(*e.ValidFrom)
		}
		problems.Check(ok && *e.ValidFrom != "", "valid_from", console.InstantForms+orNone)
		patch.ValidFrom, start = &from, from
	}
	if e.ValidTo != nil {
		if start.Before(now) {
			start = now
		}
		to, ok := time.Time{}, true
		if *e.ValidTo != none {
			to, ok = console.ParseEnd(*e.ValidTo, start)
		}
		problems.Check(ok && *e.ValidTo != "", "valid_to", console.InstantForms+console.LengthForms+orNone)
		patch.ValidTo = &to
	}
}
