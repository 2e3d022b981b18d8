package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

type userEdit struct {
	Person      string   `arg:"" help:"The person's address or GUID."`
	Email       *string  `placeholder:"ADDRESS" help:"New address to sign in with."`
	Name        *string  `placeholder:"NAME" help:"New name."`
	Role        *string  `placeholder:"ROLE" help:"owner, administrator, auditor or member. Who is no member any more loses their scopes and repositories."`
	Scope       []string `sep:"none" aliases:"scopes" placeholder:"SCOPE" help:"What a member may see and grant, instead of what they might. Repeat for several."`
	AddScope    []string `sep:"none" placeholder:"SCOPE" help:"One more scope. Repeat for several."`
	RemoveScope []string `sep:"none" placeholder:"SCOPE" help:"One scope less. Repeat for several."`
	Version     *int     `placeholder:"N" help:"Refuse if the person is not at this version, which “user show” tells."`
}

// Run changes what was named of a person: first what they are, then their scopes.
func (e userEdit) Run(ctx context.Context, p *program) error {
	scopes := len(e.Scope)+len(e.AddScope)+len(e.RemoveScope) > 0
	if e.Email == nil && e.Name == nil && e.Role == nil && !scopes {
		return &console.Error{Code: console.CodeInvalid, Message: "Say what to change: “latchkey user edit --help” lists what can be."}
	}
	if len(e.Scope) > 0 && len(e.AddScope)+len(e.RemoveScope) > 0 {
		return &console.Error{Code: console.CodeInvalid, Message: "Give either --scope, or --add-scope and --remove-scope."}
	}
	return p.withPerson(ctx, e.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		version := user.Version
		if e.Version != nil {
			version = *e.Version
		}
		if e.Email != nil || e.Name != nil || e.Role != nil {
			patch := console.UserPatch{Email: e.Email, Name: e.Name}
			if e.Role != nil {
				role := console.Role(*e.Role)
				patch.Role = &role
			}
			after, err := svc.UpdateUser(ctx, actor, user.GUID, version, patch)
			if err != nil {
				return err
			}
			user, version = after, after.Version
		}
		if scopes {
			changed, err := svc.ChangeAccess(ctx, actor, []console.AccessChange{e.access(user, version)})
			if err != nil {
				return err
			}
			if len(changed) == 1 {
				user = changed[0]
			}
		}
		return p.say("%s %s is at version %d: %s\n", user.Name, user.Email, user.Version, strings.TrimSpace(string(user.Role)+" "+strings.Join(user.Scopes, ", ")))
	})
}

func (e userEdit) access(user console.User, version int) console.AccessChange {
	change := console.AccessChange{User: user.GUID, Version: version, Gain: e.AddScope, Lose: e.RemoveScope}
	if len(e.Scope) > 0 {
		change.Gain = e.Scope
		change.Lose = slices.DeleteFunc(slices.Clone(user.Scopes), func(name string) bool { return slices.Contains(e.Scope, name) })
	}
	return change
}

type userMember struct {
	Person     string `arg:"" help:"The member's address or GUID."`
	Repository string `required:"" placeholder:"NAME" help:"The repository or view."`
	As         string `name:"repository-role" required:"" placeholder:"ROLE" help:"manager, viewer, or none to end the membership."`
}

// Run adds, changes or ends a membership. Doing it again does nothing.
func (m userMember) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, m.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		repository, err := svc.GetRepository(ctx, actor, m.Repository)
		if err != nil {
			return absent(err, "There is no repository “"+m.Repository+"”.")
		}
		role := console.MemberRole(m.As)
		if m.As == none {
			role = ""
		} else if !role.Valid() {
			return console.Problems{"as": "Choose manager, viewer or none."}.Err()
		}
		user, err = svc.UpdateMembership(ctx, actor, user.GUID, repository.GUID, user.Memberships[repository.GUID], role)
		if err != nil {
			return err
		}
		if role == "" {
			return p.say("%s does not belong to %s.\n", user.Name, repository.Name)
		}
		return p.say("%s is %s of %s.\n", user.Name, role, repository.Name)
	})
}

type userDisable struct {
	Person     string `arg:"" help:"The person's address or GUID."`
	TransferTo string `xor:"handover" placeholder:"ADDRESS" help:"Give the live tokens that they own to this person."`
	Revoke     bool   `xor:"handover" help:"Revoke the live tokens that they own or made."`
	Keep       bool   `xor:"handover" help:"Leave their tokens as they are."`
	JSON       bool   `name:"json" help:"Print JSON with the person’s state and the tokens that changed."`
}

// Run disables a person. For who is disabled already, it deals with the tokens only.
func (d userDisable) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, d.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		var departure console.Departure
		switch {
		case d.Revoke:
			departure.Handover = console.HandoverRevoke
		case d.Keep:
			departure.Handover = console.HandoverKeep
		case d.TransferTo != "":
			heir, err := findPerson(ctx, svc, actor, d.TransferTo)
			if err != nil {
				return err
			}
			departure = console.Departure{Handover: console.HandoverTransfer, To: heir.GUID}
		}
		departed, err := svc.DisableUser(ctx, actor, user.GUID, departure)
		if err != nil {
			return err
		}
		if d.JSON {
			return p.sayJSON(departedAsJSON(departed))
		}
		return p.sayDeparted(departed)
	})
}

// departedJSON is what became of somebody and of their tokens.
type departedJSON struct {
	GUID   console.GUID  `json:"guid"`
	State  string        `json:"state"`
	Tokens []handledJSON `json:"tokens"`
	// Left is how many tokens more are to be dealt with in the same way.
	Left int `json:"left"`
}

type handledJSON struct {
	GUID    console.GUID `json:"guid"`
	Name    string       `json:"name"`
	Revoked bool         `json:"revoked"`
	Owner   string       `json:"owner"`
}

func departedAsJSON(d console.Departed) departedJSON {
	line := departedJSON{GUID: d.User.GUID, State: stateOf(d.User), Tokens: []handledJSON{}, Left: d.Left}
	for _, token := range d.Tokens {
		line.Tokens = append(line.Tokens, handledJSON{token.GUID, token.Name, !token.RevokedAt.IsZero(), token.Owner.Name})
	}
	return line
}

func (p *program) sayDeparted(d console.Departed) error {
	err := p.say("%s is disabled. Tokens that changed: %d.\n", d.User.Name, len(d.Tokens))
	table := p.table()
	for _, token := range d.Tokens {
		became := "revoked"
		if token.RevokedAt.IsZero() {
			became = "given to " + token.Owner.Name
		}
		err = errors.Join(err, row(table, string(token.GUID), token.Name, became))
	}
	err = errors.Join(err, table.Flush())
	if d.Left > 0 {
		p.complain("latchkey: %s to be dealt with in the same way: do it again.\n", console.Count(d.Left, "more token"))
	}
	return err
}

type userEnable struct {
	Person string `arg:"" help:"The person's address or GUID."`
}

// Run enables a person. Doing it again does nothing.
func (e userEnable) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, e.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		user, err := svc.EnableUser(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		return p.say("%s is enabled.\n", user.Name)
	})
}

type userRemove struct {
	Person string `arg:"" help:"The address or GUID of a disabled person."`
}

// Run removes a person.
func (r userRemove) Run(ctx context.Context, p *program) error {
	return p.withPerson(ctx, r.Person, func(svc *service.Service, actor console.Principal, user console.User) error {
		user, err := svc.DeleteUser(ctx, actor, user.GUID)
		if err != nil {
			return err
		}
		return p.say("Removed %s %s.\n", user.Name, user.Email)
	})
}
