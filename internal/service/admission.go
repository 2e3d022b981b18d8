package service

import (
	"context"
	"errors"
	"slices"
	"strings"

	"latchkey/internal/console"
	"latchkey/internal/store"
)

// An admission is somebody at the door whom a provider has told us of.
type admission struct {
	s        *Service
	tx       *store.Store
	provider console.Provider
	said     console.Assertion
	// by is who changes accounts here, as records name it: the provider.
	by     console.Principal
	user   console.User
	events []console.AuditEvent
}

// refuse says why somebody does not get in, to them and to the record.
func (a *admission) refuse(sentence, reason string) *console.Error {
	return &console.Error{Code: console.CodeUnauthenticated, Message: sentence, Cause: errors.New(reason)}
}

// noAccount is the one answer for an account that is not there, is disabled or
// is somebody else's: whom to ask is the same.
func (a *admission) noAccount(reason string) *console.Error {
	return a.refuse("You have no account here that opens with "+a.provider.Label+". Ask an owner of this console for access.", reason)
}

// decide finds, links or makes the account, and gives it what the groups say.
// It returns why somebody is refused, if they are.
func (a *admission) decide(ctx context.Context) (*console.Error, error) {
	given, belongs := a.provider.Mapping.For(a.said.Groups)
	belongs = belongs || a.provider.Mapping == nil
	outsider := a.refuse("None of your groups at "+a.provider.Label+" gives you access here. Ask an owner of this console.", "no group of theirs is mapped")
	identity, err := a.tx.FindIdentity(ctx, a.said.Issuer, a.said.Subject)
	switch {
	case console.CodeOf(err) == console.CodeNotFound && !belongs:
		return outsider, nil
	case console.CodeOf(err) == console.CodeNotFound:
		return a.newcomer(ctx, given)
	case err != nil:
		return nil, err
	}
	if a.user, err = a.tx.FindUser(ctx, identity.User); err != nil {
		return nil, err
	}
	if !a.user.DisabledAt.IsZero() {
		return a.noAccount("the account is disabled"), nil
	}
	changes, err := a.entitle(ctx, given)
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		a.note(console.UserEdited, changes)
	}
	if !belongs {
		return outsider, nil
	}
	identity.LastUsedAt = a.s.now()
	return nil, a.tx.UpdateIdentity(ctx, identity)
}

// newcomer is for somebody whom the provider has not told us of before.
func (a *admission) newcomer(ctx context.Context, given console.Entitlement) (*console.Error, error) {
	if !a.provider.Create && !a.provider.LinkByEmail {
		return a.noAccount("they are not known here"), nil
	}
	if a.said.Email == "" {
		return a.refuse(a.provider.Label+" has not verified your email address. Verify it there and try again, or ask an owner of this console.",
			"their address is not verified"), nil
	}
	user, _, err := a.tx.FindSignIn(ctx, a.said.Email)
	switch known := err == nil; {
	case !known && console.CodeOf(err) != console.CodeNotFound:
		return nil, err
	case known && !a.provider.LinkByEmail:
		return a.noAccount("there is an account with that address already"), nil
	case known:
		return a.link(ctx, user, given)
	case !a.provider.Create:
		return a.noAccount("they are not known here"), nil
	}
	return a.create(ctx, given)
}

// link lets them in to the account that has their address, unless it is of
// somebody else at this provider: addresses go from one person to another.
func (a *admission) link(ctx context.Context, user console.User, given console.Entitlement) (*console.Error, error) {
	var err error
	if a.user, err = a.tx.FindUser(ctx, user.GUID); err != nil {
		return nil, err
	}
	if !a.user.DisabledAt.IsZero() {
		return a.noAccount("the account is disabled"), nil
	}
	known, err := a.tx.ListIdentities(ctx, user.GUID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(known, func(i console.Identity) bool { return i.Issuer == a.said.Issuer }) {
		return a.noAccount("the account with that address is of somebody else there"), nil
	}
	if err := a.keep(ctx); err != nil {
		return nil, err
	}
	a.note(console.IdentityLinked, []console.Change{{Field: "provider", New: a.provider.Label}})
	changes, err := a.entitle(ctx, given)
	if err == nil && len(changes) > 0 {
		a.note(console.UserEdited, changes)
	}
	return nil, err
}

// create makes an account that has no password.
func (a *admission) create(ctx context.Context, given console.Entitlement) (*console.Error, error) {
	n, ok := a.said.NewUser()
	if !ok {
		return a.refuse(a.provider.Label+" gave an email address that can’t be used here. Ask an owner of this console.", "their address can't be used"), nil
	}
	a.user = console.User{GUID: console.NewGUID(), Email: n.Email, Name: n.Name, Role: console.RoleMember, CreatedAt: a.s.now(), Version: 1}
	if err := a.tx.InsertUser(ctx, a.user, ""); err != nil {
		return nil, err
	}
	if err := a.keep(ctx); err != nil {
		return nil, err
	}
	changes, err := a.entitle(ctx, given)
	if err != nil {
		return nil, err
	}
	changes = slices.DeleteFunc(changes, func(c console.Change) bool { return c.Field == "role" })
	a.note(console.UserCreated, append([]console.Change{
		{Field: "email", New: a.user.Email}, {Field: "name", New: a.user.Name}, {Field: "role", New: string(a.user.Role)},
		{Field: "provider", New: a.provider.Label},
	}, changes...))
	return nil, nil
}

// keep notes whom the provider means from now on.
func (a *admission) keep(ctx context.Context) error {
	now := a.s.now()
	return a.tx.InsertIdentity(ctx, console.Identity{Issuer: a.said.Issuer, Subject: a.said.Subject, User: a.user.GUID, CreatedAt: now, LastUsedAt: now})
}

func (a *admission) note(action console.Action, changes []console.Change) {
	event := a.by.Did(action, a.user.AsTarget(), a.s.now())
	event.Changes = changes
	a.events = append(a.events, event)
}

// entitle makes the account what its groups give, in everything that the
// mapping names, and returns what changed.
func (a *admission) entitle(ctx context.Context, given console.Entitlement) ([]console.Change, error) {
	if a.provider.Mapping == nil {
		return nil, nil
	}
	named, before := a.provider.Mapping.Named(), a.user
	if err := a.setRole(ctx, named, given); err != nil {
		return nil, err
	}
	if err := a.setScopes(ctx, named, given); err != nil {
		return nil, err
	}
	was, is, err := a.setMemberships(ctx, named, given)
	if err != nil {
		return nil, err
	}
	fields := func(u console.User, repositories string) []console.Change {
		return []console.Change{
			{Field: "role", New: string(u.Role)}, {Field: "scopes", New: strings.Join(u.Scopes, " ")}, {Field: "repositories", New: repositories},
		}
	}
	changes := console.Changes(fields(before, was), fields(a.user, is))
	if len(changes) == 0 {
		return nil, nil
	}
	if err := a.tx.UpdateUser(ctx, a.user, a.user.Version); err != nil {
		return nil, err
	}
	if a.user.Role != before.Role {
		if err := a.tx.EndSignIns(ctx, a.user.GUID, ""); err != nil {
			return nil, err
		}
	}
	a.user, err = a.tx.FindUser(ctx, a.user.GUID)
	return changes, err
}

// setRole gives the groups' role. The last owner stays one.
func (a *admission) setRole(ctx context.Context, named, given console.Entitlement) error {
	if named.Role == "" {
		return nil
	}
	role := given.Role
	if role == "" {
		role = console.RoleMember
	}
	if a.user.Role == console.RoleOwner && role != console.RoleOwner {
		others, err := a.tx.CountOtherOwners(ctx, a.user.GUID)
		if err != nil || others == 0 {
			return err
		}
	}
	a.user.Role = role
	return nil
}

// setScopes assigns the groups' scopes, of those that exist.
func (a *admission) setScopes(ctx context.Context, named, given console.Entitlement) error {
	if len(named.Scopes) == 0 {
		return nil
	}
	catalogue, err := catalogueOf(ctx, a.tx)
	if err != nil {
		return err
	}
	scopes := slices.DeleteFunc(slices.Clone(a.user.Scopes), func(scope string) bool { return slices.Contains(named.Scopes, scope) })
	for _, scope := range given.Scopes {
		if _, exists := catalogue.Find(scope); exists {
			scopes = append(scopes, scope)
		}
	}
	slices.Sort(scopes)
	if !slices.Equal(scopes, slices.Sorted(slices.Values(a.user.Scopes))) {
		a.user.Scopes = scopes
	}
	return nil
}

// setMemberships makes them a member where the groups say so, of the
// repositories that exist, and nowhere else among those that the mapping names.
func (a *admission) setMemberships(ctx context.Context, named, given console.Entitlement) (was, is string, err error) {
	held, err := a.tx.ListMemberships(ctx, a.user.GUID)
	if err != nil {
		return "", "", err
	}
	before, after := map[string]console.MemberRole{}, map[string]console.MemberRole{}
	places := map[string]console.GUID{}
	for name := range named.Repositories {
		repo, err := a.tx.FindRepositoryByName(ctx, name)
		if console.CodeOf(err) == console.CodeNotFound {
			continue
		}
		if err != nil {
			return "", "", err
		}
		places[repo.Name] = repo.GUID
		before[repo.Name] = held[repo.GUID]
		after[repo.Name] = console.Mightier(after[repo.Name], given.Repositories[name])
	}
	for name, role := range after {
		if role == before[name] {
			continue
		}
		if err := a.tx.PutMembership(ctx, a.user.GUID, places[name], role); err != nil {
			return "", "", err
		}
	}
	return console.MembershipWords(before), console.MembershipWords(after), nil
}
