package cli

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type auditCommands struct {
	List   auditList   `cmd:"" help:"List what was done, the newest first."`
	Export auditExport `cmd:"" help:"Write what was done as CSV or JSON Lines, the newest first. The export is recorded itself."`
	Verify auditVerify `cmd:"" help:"Check that the audit log is as it was written."`
}

// auditFilter is which events to list.
type auditFilter struct {
	Text         string   `placeholder:"WORDS" help:"Only events in whose actor or target, by name or GUID, all of these words occur."`
	Action       []string `sep:"none" placeholder:"ACTION" help:"Only this action, such as token.revoked. Repeat for several."`
	Token        string   `placeholder:"GUID" help:"Only what was done to this token, also if it is gone."`
	Actor        string   `placeholder:"GUID" help:"Only what this person or token did, also if they are gone."`
	Through      string   `placeholder:"GUID" help:"Only what was done through this personal token."`
	WithoutParts bool     `help:"Leave out the parts of bulk changes."`
	Since        string   `placeholder:"TIME" help:"Only from then on: 2026-12-31, 2026-12-31T08:00 (both UTC), RFC 3339, or a time before now, such as 12h or 7d."`
}

type auditList struct {
	auditFilter
	JSON bool `name:"json" help:"Print JSON, one event a line."`
}

// Run lists all events that match, however many there are.
func (l auditList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		filter, err := l.filter(svc)
		if err != nil {
			return err
		}
		return p.listEvents(ctx, svc, actor, filter, l.JSON)
	})
}

// filter reads the command line, and reports everything that is wrong with it.
func (l auditFilter) filter(svc *service.Service) (console.AuditFilter, error) {
	filter, problems, ok := console.AuditFilter{Text: l.Text, Alone: l.WithoutParts}, console.Problems{}, true
	for _, name := range l.Action {
		problems.Check(slices.Contains(console.Actions, console.Action(name)), "action", "Choose among "+actionNames()+".")
		filter.Actions = append(filter.Actions, console.Action(name))
	}
	if l.Token != "" {
		filter.Target, ok = console.ParseGUID(l.Token)
		problems.Check(ok, "--token", notAGUID)
	}
	if l.Actor != "" {
		filter.Actor, ok = console.ParseGUID(l.Actor)
		problems.Check(ok, "--actor", notAGUID)
	}
	if l.Through != "" {
		filter.Through, ok = console.ParseGUID(l.Through)
		problems.Check(ok, "--through", notAGUID)
	}
	filter.From, ok = console.ParseSince(l.Since, svc.Now())
	problems.Check(ok, "since", console.InstantForms+console.LengthForms+".")
	return filter, problems.Err()
}

func actionNames() string {
	names := make([]string, len(console.Actions))
	for i, action := range console.Actions {
		names[i] = string(action)
	}
	return strings.Join(names, ", ")
}

type tokenHistory struct {
	GUID string `arg:"" name:"guid" help:"The token's GUID."`
	JSON bool   `name:"json" help:"Print JSON, one event a line."`
}

// Run shows what was done to a token, the newest first. A token that is gone
// has a history; one that never was is not found.
func (h tokenHistory) Run(ctx context.Context, p *program) error {
	guid, err := parseGUID(h.GUID)
	if err != nil {
		return err
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		latest, err := svc.TokenHistory(ctx, actor, guid)
		if err == nil && len(latest) == 0 {
			_, err = svc.GetToken(ctx, actor, "", guid)
		}
		if err != nil {
			return absent(err, noSuchToken)
		}
		return p.listEvents(ctx, svc, actor, console.AuditFilter{Target: guid}, h.JSON)
	})
}

func (p *program) listEvents(ctx context.Context, svc *service.Service, actor console.Principal, filter console.AuditFilter, asLines bool) error {
	pages := func(request console.PageRequest) (console.Page[console.AuditEvent], error) {
		return svc.ListAuditEvents(ctx, actor, filter, request)
	}
	if asLines {
		return everyPage(pages, func(e console.AuditEvent) error { return p.sayJSON(e.Line()) })
	}
	events := p.list("WHEN", "ACTION", "BY", "TARGET", "DETAILS")
	return events.end(everyPage(pages, func(e console.AuditEvent) error {
		return events.row(instant(e.At, ""), string(e.Action), e.Actor.Name, e.Target.Name, cmp.Or(detailsOf(e), "-"))
	}))
}

// detailsOf is on one line what else an event tells.
func detailsOf(e console.AuditEvent) string {
	var parts []string
	for _, change := range e.Changes {
		parts = append(parts, changeText(change))
	}
	if e.Reason != "" {
		parts = append(parts, "reason: "+e.Reason)
	}
	if e.Through != "" {
		parts = append(parts, "through personal token "+string(e.Through))
	}
	if e.Address != "" {
		parts = append(parts, "from: "+e.Address)
	}
	return strings.Join(parts, "; ")
}

// changeText is a field's old and new value on one line; of scopes, those that
// came and those that went.
func changeText(c console.Change) string {
	switch {
	case c.Field == "scopes" && c.Old != "" && c.New != "":
		before, after := console.Token{Scopes: strings.Fields(c.Old)}, console.Token{Scopes: strings.Fields(c.New)}
		text := "scopes:"
		for _, name := range after.Added(before) {
			text += " +" + name
		}
		for _, name := range after.Removed(before) {
			text += " -" + name
		}
		return text
	case c.Old == "":
		return c.Field + ": " + c.New
	case c.New == "":
		return c.Field + ": " + c.Old + " → " + none
	}
	return c.Field + ": " + c.Old + " → " + c.New
}
