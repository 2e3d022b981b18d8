package cli

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type policyCommands struct {
	List policyList `cmd:"" help:"List what is asked of the tokens of each type."`
	Edit policyEdit `cmd:"" help:"Change what is asked of the tokens of a type. Tokens that there are stay as they are."`
}

type policyList struct {
	JSON bool `name:"json" help:"Print JSON, one policy a line."`
}

// policyJSON is a policy as JSON output has it; without a maximum it is 0.
type policyJSON struct {
	Type             console.Type `json:"type"`
	Allowed          bool         `json:"allowed"`
	MaximumDays      int          `json:"maximum_days"`
	IPFilterRequired bool         `json:"ip_filter_required"`
	IPFilter         string       `json:"ip_filter,omitempty"`
	PermissionsFixed bool         `json:"permissions_fixed"`
	Version          int          `json:"version"`
}

// Run lists the policies in the order of the types.
func (l policyList) Run(ctx context.Context, p *program) error {
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		policies, err := svc.ListPolicies(ctx, actor)
		if err != nil {
			return err
		}
		if l.JSON {
			for _, policy := range policies {
				line := policyJSON{policy.Type, policy.Allowed, policy.MaximumDays, policy.IPFilterRequired, policy.IPFilter.Name, policy.PermissionsFixed, policy.Version}
				if err := p.sayJSON(line); err != nil {
					return err
				}
			}
			return nil
		}
		table := p.table()
		err = row(table, "TYPE", "ALLOWED", "MAXIMUM LIFETIME", "IP FILTER REQUIRED", "PERMISSIONS FIXED", "VERSION")
		for _, policy := range policies {
			cells := []string{string(policy.Type)}
			for _, field := range policy.Fields() {
				cells = append(cells, field.New)
			}
			err = errors.Join(err, row(table, append(cells, strconv.Itoa(policy.Version))...))
		}
		return errors.Join(err, table.Flush())
	})
}

type policyEdit struct {
	Type             string  `arg:"" help:"Type of token: repository, organization, organization_management, system, personal or dashboard_link."`
	Allowed          *bool   `help:"Whether tokens of the type can be made; --allowed=false forbids it."`
	MaximumLifetime  *string `placeholder:"DAYS" help:"How far ahead an end can be set, such as 90d; none for no limit."`
	IPFilterRequired *bool   `name:"ip-filter-required" help:"Whether such a token needs an IP filter; =false for no."`
	IPFilter         *string `name:"ip-filter" placeholder:"NAME" help:"Which IP filter such a token needs."`
	PermissionsFixed *bool   `help:"Whether the scopes of such a token stay as they were given; =false for no."`
	Confirm          bool    `help:"Save although tokens don't fit. They stay as they are."`
	Version          *int    `placeholder:"N" help:"Refuse if the policy is not at this version, which “policy list” tells."`
}

// Run changes what was named of a policy. Where tokens don't fit, it says which
// and asks to confirm.
func (e policyEdit) Run(ctx context.Context, p *program) error {
	if e.Allowed == nil && e.MaximumLifetime == nil && e.IPFilterRequired == nil && e.IPFilter == nil && e.PermissionsFixed == nil {
		return &console.Error{Code: console.CodeInvalid, Message: "Say what to change: “latchkey policy edit --help” lists what can be."}
	}
	return p.withService(ctx, func(svc *service.Service, actor console.Principal) error {
		policies, err := svc.Policies(ctx)
		if err != nil {
			return err
		}
		before := policies.Of(console.Type(e.Type))
		after, err := e.change(before)
		if err == nil && e.IPFilter != nil {
			var filter console.IPFilterSummary
			filter, err = svc.GetIPFilterNamed(ctx, actor, *e.IPFilter)
			after.IPFilterRequired, after.IPFilter = true, filter.Ref()
			err = absent(err, "There is no IP filter “"+*e.IPFilter+"”.")
		}
		if err != nil {
			return err
		}
		version := before.Version
		if e.Version != nil {
			version = *e.Version
		}
		saved, err := svc.UpdatePolicy(ctx, actor, version, after, e.Confirm)
		if known, ok := errors.AsType[*console.Error](err); ok && known.Fields["confirm"] != "" {
			err = errors.Join(err, p.tellMisfits(ctx, svc, actor, after))
		}
		if err != nil {
			return absent(err, "There is no type of token “"+e.Type+"”.")
		}
		return p.say("The policy for %s tokens is at version %d.\n", saved.Type, saved.Version)
	})
}

// tellMisfits names the tokens that don't fit.
func (p *program) tellMisfits(ctx context.Context, svc *service.Service, actor console.Principal, policy console.Policy) error {
	preview, err := svc.PreviewPolicy(ctx, actor, policy)
	if err != nil {
		return err
	}
	for _, token := range preview.Named {
		p.complain("%s  %s\n", token.GUID, token.Name)
	}
	if more := preview.Tokens - len(preview.Named); more > 0 {
		p.complain("and %d more\n", more)
	}
	return nil
}

// maximumForm is a number of days.
var maximumForm = regexp.MustCompile(`^([0-9]{1,5})d?$`)

func (e policyEdit) change(policy console.Policy) (console.Policy, error) {
	for _, set := range []struct{ from, to *bool }{
		{e.Allowed, &policy.Allowed}, {e.IPFilterRequired, &policy.IPFilterRequired}, {e.PermissionsFixed, &policy.PermissionsFixed},
	} {
		if set.from != nil {
			*set.to = *set.from
		}
	}
	if e.IPFilterRequired != nil {
		policy.IPFilter = console.IPFilterRef{} // any, or none
	}
	if e.MaximumLifetime == nil {
		return policy, nil
	}
	policy.MaximumDays = 0
	if *e.MaximumLifetime == none {
		return policy, nil
	}
	problems := console.Problems{}
	parts := maximumForm.FindStringSubmatch(*e.MaximumLifetime)
	if parts != nil {
		policy.MaximumDays, _ = strconv.Atoi(parts[1])
	}
	problems.Check(policy.MaximumDays > 0, "maximum", "Write a number of days such as 90d, or none.")
	return policy, problems.Err()
}
