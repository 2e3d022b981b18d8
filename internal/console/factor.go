package console

import (
	"strings"
	"time"
	"unicode/utf8"
)

// FactorKind tells how a second factor proves who somebody is.
type FactorKind string

// The kinds of second factors.
const (
	// FactorCodes is a generator of one-time codes (RFC 6238).
	FactorCodes FactorKind = "codes"
	// FactorPasskey is a key in a device, a phone or a browser (WebAuthn).
	FactorPasskey FactorKind = "passkey"
)

// Label is the kind's name for people.
func (k FactorKind) Label() string {
	if k == FactorPasskey {
		return "Passkey"
	}
	return "One-time codes"
}

// Factor is a second factor of a person: what they prove who they are with,
// beside their password. What it proves with stays in the store.
type Factor struct {
	GUID      GUID
	User      GUID
	Kind      FactorKind
	Name      string
	CreatedAt time.Time
	// UsedAt is zero unless it was used.
	UsedAt time.Time
}

// AsText is f as an audit event mentions it.
func (f Factor) AsText() string { return f.Kind.Label() + ": " + f.Name }

// FactorNameLimit is how many characters a factor's name may have.
const FactorNameLimit = 100

// FactorName returns name in the form in which it is kept, usual if it is
// empty, or what is wrong with it.
func FactorName(name, usual string) (string, error) {
	if name = Clean(name); name == "" {
		name = usual
	}
	p := Problems{}
	p.Check(name != "", "name", "Give it a name.")
	p.Check(utf8.RuneCountInString(name) <= FactorNameLimit, "name", "The name is longer than 100 characters.")
	p.Check(PlainLine(name), "name", "The name has characters that can’t be shown.")
	return name, p.Err()
}

// Account is what a person sees of their own, and who reads about people of
// theirs: themselves, and with what they sign in.
type Account struct {
	User User
	// HasPassword is whether they sign in with a password of ours.
	HasPassword bool
	Factors     []Factor
	// RecoveryCodes is how many are left.
	RecoveryCodes int
	// FactorRequired is whether their role needs a second factor.
	FactorRequired bool
}

// Has reports whether there is a factor of that kind.
func (a Account) Has(kind FactorKind) bool {
	for _, f := range a.Factors {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// Proof is what somebody shows to prove who they are: one of these.
type Proof struct {
	Password string
	// Code is a one-time code, or a recovery code where these are taken.
	Code string
	// Passkey is a passkey's answer to a challenge, as JSON.
	Passkey string
}

// Given reports whether there is anything to check.
func (p Proof) Given() bool {
	return p.Password != "" || strings.TrimSpace(p.Code) != "" || p.Passkey != ""
}

// String keeps a proof out of logs and errors.
func (Proof) String() string { return "[proof]" }

// GoString keeps %#v from showing what String hides.
func (Proof) GoString() string { return "[proof]" }

// ProofLifetime is how long a proof is fresh enough for what needs one.
const ProofLifetime = 5 * time.Minute

// Proved reports whether p has proved who they are so recently that they may do
// at now what needs a fresh proof. Only people are asked.
func (p Principal) Proved(now time.Time) bool {
	return p.Kind != PrincipalUser || p.Token != "" || now.Before(p.ProvedAt.Add(ProofLifetime))
}

// NeedsProof reports whether using perm takes a fresh proof of who asks: it
// changes people, or what is trusted.
func (perm Permission) NeedsProof() bool {
	switch perm {
	case UserWrite, UserInvite, AccessWrite, SettingsWrite, PolicyWrite, IPFilterWrite:
		return true
	}
	return false
}

// RelyingParty is the console as passkeys know it: the name of its host, and
// the address at which a browser asks.
type RelyingParty struct {
	ID     string
	Name   string
	Origin string
}

// CodesOffer is a generator of one-time codes that somebody is setting up. It
// is shown to them only.
type CodesOffer struct {
	// Seed is for typing, URL and its picture, a PNG, for the generator's camera.
	Seed  Secret
	URL   Secret
	Image []byte
}
