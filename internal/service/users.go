package service

import (
	"context"
	"slices"

	"latchkey/internal/console"
	"latchkey/internal/password"
	"latchkey/internal/store"
)

// CreateUser makes an account that signs in with a password.
func (s *Service) CreateUser(ctx context.Context, actor console.Principal, n console.NewUser) (console.User, error) {
	if err := s.RecordDenial(ctx, actor, actor.Need(console.UserWrite), console.Target{Kind: console.TargetUser}); err != nil {
		return console.User{}, err
	}
	user, hash, err := s.prepareUser(ctx, n)
	if err != nil {
		return console.User{}, err
	}
	return user, s.change(ctx, actor, console.UserWrite, func(tx *store.Store, actor console.Principal) error {
		return s.insertUser(ctx, tx, actor, user, hash)
	})
}

// ListUsers returns the people that actor may see, by name, at most 1,000, to
// choose from. Nobody changes them: pages share them.
func (s *Service) ListUsers(ctx context.Context, actor console.Principal) ([]console.User, error) {
	if !actor.MaySomewhere(console.TokenRead) {
		return nil, known(actor)
	}
	users, err := atGlance(ctx, s, "people", func() ([]console.User, error) { return s.store.ListUsers(ctx, nameLimit) })
	if meetsAll(actor) {
		return slices.Clip(users), err
	}
	return slices.DeleteFunc(slices.Clone(users), func(user console.User) bool { return !meets(actor, user) }), err
}

// meetsAll reports whether actor may know of everybody.
func meetsAll(actor console.Principal) bool { return actor.May(console.TokenRead) }

// meets reports whether actor may know of somebody: a member knows themselves
// and who shares a repository with them.
func meets(actor console.Principal, user console.User) bool {
	if meetsAll(actor) || user.GUID == actor.GUID {
		return true
	}
	for repo := range user.Memberships {
		if actor.MayIn(console.RepositoryRead, repo) {
			return true
		}
	}
	return false
}

// ActAs returns the person with that address as a principal that acts through
// the program which from names. Whoever runs the program may be anybody.
func (s *Service) ActAs(ctx context.Context, from console.Principal, email string) (console.Principal, error) {
	var user console.User
	err := from.Need(console.UserWrite)
	if err == nil {
		user, _, err = s.store.FindSignIn(ctx, email)
	}
	if err == nil && user.DisabledAt.IsZero() {
		user, err = s.store.FindUser(ctx, user.GUID)
	}
	if console.CodeOf(err) == console.CodeNotFound || err == nil && !user.DisabledAt.IsZero() {
		return console.Principal{}, &console.Error{Code: console.CodeNotFound, Message: "Nobody with the address " + email + " may sign in."}
	}
	if err != nil {
		return console.Principal{}, err
	}
	actor := from.As(user)
	actor.Agent = from.Name
	actor.ProvedAt = s.now() // running the program is the proof
	return actor, nil
}

// prepareUser checks n and hashes the password, before any transaction begins:
// hashing takes as long as a thousand statements.
func (s *Service) prepareUser(ctx context.Context, n console.NewUser) (console.User, string, error) {
	n = n.Clean()
	hash, err := s.hashPassword(ctx, n)
	if err != nil {
		return console.User{}, "", err
	}
	return console.User{GUID: console.NewGUID(), Email: n.Email, Name: n.Name, Role: n.Role, CreatedAt: s.now(), Version: 1}, hash, nil
}

// hashPassword checks n, whose password it hashes.
func (s *Service) hashPassword(ctx context.Context, n console.NewUser) (string, error) {
	if err := n.Validate(); err != nil {
		return "", err
	}
	if password.Guessable(n.Password, n.Email, n.Name) {
		p := console.Problems{}
		p.Check(false, "password", "That password is easy to guess. A few unrelated words make a good one.")
		return "", p.Err()
	}
	hash, err := s.passwords.Hash(ctx, n.Password)
	return hash, busy(err)
}

func (s *Service) insertUser(ctx context.Context, tx *store.Store, actor console.Principal, user console.User, hash string) error {
	if err := tx.InsertUser(ctx, user, hash); err != nil {
		return err
	}
	event := actor.Did(console.UserCreated, user.AsTarget(), user.CreatedAt)
	event.Changes = []console.Change{
		{Field: "email", New: user.Email}, {Field: "name", New: user.Name}, {Field: "role", New: string(user.Role)},
	}
	return s.record(ctx, tx, event)
}
