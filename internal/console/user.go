package console

import (
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// User is a person who may sign in.
type User struct {
	GUID  GUID
	Email string
	Name  string
	Role  Role
	// Scopes are those assigned to a member, and Memberships their repositories;
	// the other roles do not need them.
	Scopes      []string
	Memberships map[GUID]MemberRole
	// DisabledAt is zero unless the person may no longer sign in.
	DisabledAt time.Time
	// InvitedAt is when somebody was invited who has not accepted yet.
	InvitedAt time.Time
	CreatedAt time.Time
	// Preferences are theirs alone, and no part of the version.
	Preferences Preferences
	// Version grows with every change, except of a membership.
	Version int
	// Epoch grows whenever everything that they signed in to is ended: a sign-in
	// that was checked before starts no session.
	Epoch int
	// SecondFactor is whether signing in asks for one. It is known of who signs
	// in, of who signed in, and of the people on a page of them.
	SecondFactor bool
}

// Enabled reports whether u may use the console.
func (u User) Enabled() bool { return u.DisabledAt.IsZero() }

// Invited reports whether u was invited and has not accepted yet.
func (u User) Invited() bool { return !u.InvitedAt.IsZero() }

// Ref is u as others mention them.
func (u User) Ref() PersonRef { return PersonRef{GUID: u.GUID, Name: u.Name} }

// PersonRef is a person as others mention them. The name is a copy, so that it
// outlives the person.
type PersonRef struct {
	GUID GUID
	Name string
}

// Limits of a person's texts, in characters.
const (
	PasswordMinimum = 12
	PasswordLimit   = 1024
	EmailLimit      = 254
	PersonNameLimit = 100
)

// NewUser is what an account is made from.
type NewUser struct {
	Email    string
	Name     string
	Password string
	Role     Role
}

// Clean returns n with its texts in the form in which they are kept, and a
// name made from the address where none is given. The password stays as typed.
func (n NewUser) Clean() NewUser {
	n.Email, n.Name = Clean(n.Email), Clean(n.Name)
	if local, _, ok := strings.Cut(n.Email, "@"); ok && n.Name == "" {
		n.Name = local
	}
	return n
}

// Validate reports everything that is wrong with n by itself. Whether the
// password is easy to guess is another question.
func (n NewUser) Validate() error {
	p := Problems{}
	checkPerson(p, n.Email, n.Name, n.Role)
	p.CheckPassword(n.Password, "password")
	return p.Err()
}

// checkPerson notes what is wrong with what everybody has.
func checkPerson(p Problems, email, name string, role Role) {
	p.Check(email != "", "email", "Enter an email address.")
	p.Check(validEmail(email), "email", "That is not an email address.")
	p.Check(name != "" || !validEmail(email), "name", "Enter a name.")
	p.Check(utf8.RuneCountInString(name) <= PersonNameLimit, "name", "The name is longer than 100 characters.")
	p.Check(PlainLine(name), "name", "The name has characters that can’t be shown.")
	p.Check(role.Valid(), "role", "Choose a role.")
}

// CheckPassword notes under field what is wrong with a new password by itself.
func (p Problems) CheckPassword(password, field string) {
	p.Check(password != "", field, "Choose a password.")
	p.Check(utf8.RuneCountInString(password) >= PasswordMinimum, field, "Use at least 12 characters. A few words make a good password.")
	p.Check(utf8.RuneCountInString(password) <= PasswordLimit && utf8.ValidString(password), field, "Use at most 1,024 characters.")
}

func validEmail(email string) bool {
	if len(email) > EmailLimit || !PlainLine(email) {
		return false
	}
	address, err := mail.ParseAddress(email)
	return err == nil && address.Address == email && address.Name == ""
}
