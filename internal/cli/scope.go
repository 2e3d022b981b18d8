package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type scopeCommands struct {
	List      scopeList      `cmd:"" help:"List the catalogue of scopes, and how many tokens have each."`
	Create    scopeCreate    `cmd:"" help:"Add a scope of your own."`
	Edit      scopeEdit      `cmd:"" help:"Change a scope of your own."`
	Retire    scopeRetire    `cmd:"" help:"End new grants of a scope. Tokens that have it keep it."`
	Reinstate scopeReinstate `cmd:"" help:"Allow new grants of a retired scope again."`
}

type scopeList struct {
	JSON bool `name:"json" help:"Print JSON, one scope a line."`
}

// scopeJSON is a scope as JSON output has it.
type scopeJSON struct {
	Name    string         `json:"name"`
	Label   string         `json:"label"`
	Group   string         `json:"group"`
	Types   []console.Type `json:"types"`
	Risk    console.Risk   `json:"risk,omitempty"`
	Own     bool           `json:"own"`
	Retired bool           `json:"retired"`
	Tokens  int            `json:"tokens"`
	Version int            `json:"version"`
}

// Run lists the scopes in the order in which they are offered.
func (l scopeList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		catalogue, err := svc.Catalogue(ctx)
		if err != nil {
			return err
		}
		use, err := svc.ScopeUse(ctx, actor)
		if err != nil {
			return err
		}
		if l.JSON {
			for _, s := range catalogue.All() {
				line := scopeJSON{s.Name, s.Label, s.Group, append([]console.Type{}, s.Types...), s.Risk, s.Own, s.Retired, use[s.Name], s.Version}
				if err := p.sayJSON(line); err != nil {
					return err
				}
			}
			return nil
		}
		return p.scopeTable(catalogue.All(), use)
	})
}

func (p *program) scopeTable(scopes []console.Scope, use map[string]int) error {
	table := p.table()
	err := row(table, "NAME", "GROUP", "TYPES", "RISK", "RETIRED", "TOKENS", "LABEL")
	for _, s := range scopes {
		types := make([]string, len(s.Types))
		for i, t := range s.Types {
			types[i] = string(t)
		}
		risk, retired := "-", "-"
		if s.Risk != console.RiskNone {
			risk = string(s.Risk)
		}
		if s.Retired {
			retired = "retired"
		}
		err = errors.Join(err, row(table, s.Name, s.Group, strings.Join(types, ", "), risk, retired, strconv.Itoa(use[s.Name]), s.Label))
	}
	return errors.Join(err, table.Flush())
}

type scopeCreate struct {
	Name  string   `arg:"" help:"Name of the scope, such as billing:read."`
	Label string   `required:"" placeholder:"TEXT" help:"What it allows, for people."`
	Group string   `placeholder:"NAME" help:"Heading under which it is offered (default: Own)."`
	Risk  string   `default:"none" placeholder:"RISK" help:"high, if it deletes data or widens rights, or none (default: none)."`
	Type  []string `required:"" sep:"none" placeholder:"TYPE" help:"Tokens that can have it: repository, organization, organization_management or system. Repeat for several."`
}

// Run adds a scope.
func (c scopeCreate) Run(ctx context.Context, p *program) error {
	n := console.NewScope{Name: c.Name, Label: c.Label, Group: c.Group, Risk: riskOf(c.Risk), Types: typesOf(c.Type)}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		scope, err := svc.CreateScope(ctx, actor, n)
		if err != nil {
			return err
		}
		return p.say("Created the scope %s.\n", scope.Name)
	})
}

type scopeEdit struct {
	Name    string   `arg:"" help:"Name of the scope. It stays: tokens hold it."`
	Label   *string  `placeholder:"TEXT" help:"What it allows, for people."`
	Group   *string  `placeholder:"NAME" help:"Heading under which it is offered."`
	Risk    *string  `placeholder:"RISK" help:"high or none."`
	Type    []string `sep:"none" placeholder:"TYPE" help:"Tokens that can have it, instead of those that could. Repeat for several."`
	Version *int     `placeholder:"N" help:"Refuse if the scope is not at this version, which “scope list --json” tells."`
}

// Run changes what was named of a scope.
func (e scopeEdit) Run(ctx context.Context, p *program) error {
	if e.Label == nil && e.Group == nil && e.Risk == nil && len(e.Type) == 0 {
		return &console.Error{Code: console.CodeInvalid, Message: "Say what to change: “latchkey scope edit --help” lists what can be."}
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		catalogue, err := svc.Catalogue(ctx)
		if err != nil {
			return err
		}
		before, known := catalogue.Find(e.Name)
		if !known {
			return absent(console.NotFound(), noSuchScope(e.Name))
		}
		n, version := e.change(before), before.Version
		if e.Version != nil {
			version = *e.Version
		}
		after, err := svc.UpdateScope(ctx, actor, e.Name, version, n)
		if err != nil {
			return absent(err, noSuchScope(e.Name))
		}
		return p.say("The scope %s is at version %d.\n", after.Name, after.Version)
	})
}

func (e scopeEdit) change(s console.Scope) console.NewScope {
	n := console.NewScope{Name: s.Name, Label: s.Label, Group: s.Group, Risk: s.Risk, Types: s.Types}
	if e.Label != nil {
		n.Label = *e.Label
	}
	if e.Group != nil {
		n.Group = *e.Group
	}
	if e.Risk != nil {
		n.Risk = riskOf(*e.Risk)
	}
	if len(e.Type) > 0 {
		n.Types = typesOf(e.Type)
	}
	return n
}

// riskOf is a risk by the name that it has on the command line.
func riskOf(text string) console.Risk {
	if text == none {
		return console.RiskNone
	}
	return console.Risk(text)
}

func typesOf(names []string) []console.Type {
	types := make([]console.Type, len(names))
	for i, name := range names {
		types[i] = console.Type(name)
	}
	return types
}

type scopeRetire struct {
	Name string `arg:"" help:"Name of the scope."`
}

// Run ends new grants of a scope. Doing it again does nothing.
func (r scopeRetire) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		scope, err := svc.RetireScope(ctx, actor, r.Name, true)
		if err != nil {
			return absent(err, noSuchScope(r.Name))
		}
		return p.say("The scope %s is retired: tokens that have it keep it, and no other gets it.\n", scope.Name)
	})
}

type scopeReinstate struct {
	Name string `arg:"" help:"Name of the scope."`
}

// Run allows new grants of a scope. Doing it again does nothing.
func (r scopeReinstate) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		scope, err := svc.RetireScope(ctx, actor, r.Name, false)
		if err != nil {
			return absent(err, noSuchScope(r.Name))
		}
		return p.say("The scope %s can be given to tokens.\n", scope.Name)
	})
}

func noSuchScope(name string) string { return "There is no scope “" + name + "”." }
