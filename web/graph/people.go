package graph

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"latchkey/internal/console"
)

// account is who asks, also a token that is nobody's.
type account struct {
	root *root
	id   console.GUID
	name string
	user console.User
}

func (r *root) Viewer(ctx context.Context) *account {
	a := askedBy(ctx)
	return &account{root: r, id: a.GUID, name: cmp.Or(a.User.Email, a.Name), user: a.User}
}

func (r *root) ViewerOpt(ctx context.Context) *account { return r.Viewer(ctx) }

func (a *account) ID() string                         { return string(a.id) }
func (a *account) Username() string                   { return a.name }
func (a *account) IsRoot() bool                       { return isRoot(a.user) }
func (a *account) IsOrganizationRoot() bool           { return isOrgRoot(a.user) }
func (a *account) FullName() *string                  { return some(a.user.Name) }
func (a *account) Email() *string                     { return some(a.user.Email) }
func (a *account) CurrentOrganization() *organization { return &organization{a.root} }

// CreatedAt is when the person or the token came to be.
func (a *account) CreatedAt(ctx context.Context) DateTime {
	if a.user.GUID == "" {
		return DateTime{askedBy(ctx).Record.CreatedAt}
	}
	return DateTime{a.user.CreatedAt}
}

func some(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func isRoot(u console.User) bool { return u.Role == console.RoleOwner }

func isOrgRoot(u console.User) bool { return isRoot(u) || u.Role == console.RoleAdministrator }

// user is a person. Their address is their name for signing in.
type user struct{ user console.User }

func (u *user) ID() string           { return string(u.user.GUID) }
func (u *user) DisplayName() string  { return u.user.Name }
func (u *user) Username() string     { return u.user.Email }
func (u *user) IsRoot() bool         { return isRoot(u.user) }
func (u *user) IsOrgRoot() bool      { return isOrgRoot(u.user) }
func (u *user) FullName() *string    { return some(u.user.Name) }
func (u *user) Email() *string       { return some(u.user.Email) }
func (u *user) Company() *string     { return nil }
func (u *user) CountryCode() *string { return nil }
func (u *user) Picture() *string     { return nil }
func (u *user) CreatedAt() DateTime  { return DateTime{u.user.CreatedAt} }

func (r *root) CurrentUser(ctx context.Context) (*user, error) {
	if a := askedBy(ctx); a.User.GUID != "" {
		return &user{a.User}, nil
	}
	return nil, console.Forbidden("This token belongs to no person.")
}

func (r *root) User(ctx context.Context, args struct{ ID string }) (*user, error) {
	found, _, err := r.svc.GetUser(ctx, caller(ctx), console.GUID(args.ID))
	if err != nil {
		return nil, err
	}
	return &user{found}, nil
}

// userOrders are by what people can be ordered.
var userOrders = map[string]func(console.User) string{
	"USERNAME":    func(u console.User) string { return u.Email },
	"FULLNAME":    func(u console.User) string { return u.Name },
	"DISPLAYNAME": func(u console.User) string { return u.Name },
}

func (r *root) Users(ctx context.Context, args struct {
	OrderBy *struct{ UserField, Order string }
	Search  *string
}) ([]*user, error) {
	if err := chargeFilter(ctx, "search", args.Search); err != nil {
		return nil, err
	}
	filter, page := console.UserFilter{Text: text(args.Search)}, console.PageRequest{Size: 100}
	var found []console.User
	for {
		part, err := r.svc.ListPeople(ctx, caller(ctx), filter, page)
		if err := cmp.Or(err, charge(ctx, len(part.Items))); err != nil {
			return nil, err
		}
		found = append(found, part.Items...)
		if page.Cursor = part.Next; page.Cursor == "" {
			break
		}
	}
	if args.OrderBy != nil {
		of := userOrders[args.OrderBy.UserField]
		slices.SortStableFunc(found, func(a, b console.User) int {
			order := strings.Compare(console.Fold(of(a)), console.Fold(of(b)))
			if args.OrderBy.Order == "DESC" {
				return -order
			}
			return order
		})
	}
	users := make([]*user, len(found))
	for i, one := range found {
		users[i] = &user{one}
	}
	return users, nil
}

// addedUser is a person who was invited. They can be named and given tokens from
// the first moment, so that they are a user.
type addedUser struct{ *user }

// ToUser and ToPendingUser are for the library.
func (u *addedUser) ToUser() (*user, bool)               { return u.user, true }
func (u *addedUser) ToPendingUser() (*pendingUser, bool) { return nil, false }

type pendingUser struct{ id string }

func (u *pendingUser) ID() string { return u.id }

// addUserInput is what somebody is invited with. What Latchkey keeps nowhere, such
// as a picture, is passed over.
type addUserInput struct {
	Username                                                                       string
	Company, FirstName, LastName, FullName, Picture, Email, CountryCode, StateCode *string
	VerificationToken                                                              *string
	IsRoot, SendInvite, IsOrgOwner                                                 *bool
}

// AddUserV2 invites a person. An owner makes the link with which they set a
// password in the console.
func (r *root) AddUserV2(ctx context.Context, args struct{ Input addUserInput }) (*addedUser, error) {
	in := args.Input
	n := console.Invitation{Email: in.Username, Role: console.RoleMember}
	n.Name = strings.TrimSpace(cmp.Or(text(in.FullName), text(in.FirstName)+" "+text(in.LastName)))
	p := console.Problems{}
	p.Check(text(in.Email) == "" || strings.EqualFold(text(in.Email), in.Username), "email", "The user name is the email address here: give the same one.")
	if err := p.Err(); err != nil {
		return nil, err
	}
	if in.IsRoot != nil && *in.IsRoot || in.IsOrgOwner != nil && *in.IsOrgOwner {
		n.Role = console.RoleOwner
	}
	invited, _, err := r.svc.InviteUser(ctx, caller(ctx), n)
	return &addedUser{&user{invited}}, err
}

// text is what is given, empty if nothing is.
func text(given *string) string {
	if given == nil {
		return ""
	}
	return *given
}
