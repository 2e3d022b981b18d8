package factor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"latchkey/internal/console"
)

// A Passkey is what is kept of one: the id under which its owner's device knows
// it, and its public key with what belongs to it.
type Passkey struct {
	Handle string
	Record []byte
}

// A Question is what a browser is asked, as JSON for its script, and the state
// that the answer is checked against, which stays here.
type Question struct{ Options, State []byte }

// ErrRefused says that an answer is not that of a passkey that was asked.
var ErrRefused = errors.New("the passkey's answer is refused")

// NewPasskey asks a browser to make a passkey for user, on a device that has
// none of those that they have.
func NewPasskey(party console.RelyingParty, user console.User, have []Passkey) (Question, error) {
	w, person, err := prepare(party, user, have)
	if err != nil {
		return Question{}, err
	}
	options, state, err := w.BeginRegistration(person,
		webauthn.WithResidentKeyRequirement(protocol.ResidentKeyRequirementRequired),
		webauthn.WithExclusions(webauthn.Credentials(person.credentials).CredentialDescriptors()),
	)
	return question(options, state, err)
}

// MadePasskey is the passkey that an answer to NewPasskey brings.
func MadePasskey(party console.RelyingParty, user console.User, state, answer []byte) (Passkey, error) {
	w, person, err := prepare(party, user, nil)
	if err != nil {
		return Passkey{}, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	credential, err := w.CreateCredential(person, session, parsed)
	if err != nil {
		return Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return passkey(credential)
}

// AskPasskey asks a browser for a proof by one of user's passkeys.
func AskPasskey(party console.RelyingParty, user console.User, have []Passkey) (Question, error) {
	w, person, err := prepare(party, user, have)
	if err != nil {
		return Question{}, err
	}
	options, state, err := w.BeginLogin(person)
	return question(options, state, err)
}

// ProvedPasskey is the passkey that answered AskPasskey, as it is to be kept
// from now on. One that counts backwards was copied, and is refused.
func ProvedPasskey(party console.RelyingParty, user console.User, have []Passkey, state, answer []byte) (Passkey, error) {
	w, person, err := prepare(party, user, have)
	if err != nil {
		return Passkey{}, err
	}
	var session webauthn.SessionData
	if err := json.Unmarshal(state, &session); err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	credential, err := w.ValidateLogin(person, session, parsed)
	if err != nil {
		return Passkey{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if credential.Authenticator.CloneWarning {
		return Passkey{}, fmt.Errorf("%w: its counter went backwards", ErrRefused)
	}
	return passkey(credential)
}

// person is a user as the library wants to see them.
type person struct {
	console.User
	credentials []webauthn.Credential
}

func (p person) WebAuthnID() []byte                         { return []byte(p.GUID) }
func (p person) WebAuthnName() string                       { return p.Email }
func (p person) WebAuthnDisplayName() string                { return p.Name }
func (p person) WebAuthnCredentials() []webauthn.Credential { return p.credentials }

func prepare(party console.RelyingParty, user console.User, have []Passkey) (*webauthn.WebAuthn, person, error) {
	who := person{User: user}
	for _, one := range have {
		var credential webauthn.Credential
		if err := json.NewDecoder(bytes.NewReader(one.Record)).Decode(&credential); err != nil {
			return nil, who, fmt.Errorf("stored passkey: %w", err)
		}
		who.credentials = append(who.credentials, credential)
	}
	w, err := webauthn.New(&webauthn.Config{RPID: party.ID, RPDisplayName: party.Name, RPOrigins: []string{party.Origin}})
	return w, who, err
}

func question(options any, state *webauthn.SessionData, err error) (Question, error) {
	if err != nil {
		return Question{}, err
	}
	q := Question{}
	if q.Options, err = json.Marshal(options); err != nil {
		return q, err
	}
	q.State, err = json.Marshal(state)
	return q, err
}

func passkey(credential *webauthn.Credential) (Passkey, error) {
	record, err := json.Marshal(credential)
	return Passkey{Handle: base64.RawURLEncoding.EncodeToString(credential.ID), Record: record}, err
}
