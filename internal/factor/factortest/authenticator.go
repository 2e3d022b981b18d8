// Package factortest gives tests a device that holds passkeys, as a browser
// would speak for it.
package factortest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"
)

// An Authenticator is a device with one passkey.
type Authenticator struct {
	// Origin is the address of the page that the browser shows.
	Origin string
	// Counter goes up with every use.
	Counter uint32

	t   testing.TB
	key *ecdsa.PrivateKey
	id  []byte
}

// New returns a device without a passkey, in a browser at origin.
func New(t testing.TB, origin string) *Authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &Authenticator{Origin: origin, t: t, key: key, id: id}
}

// options are what of a question matters to the device.
type options struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
	} `json:"publicKey"`
}

// Make answers a question for a new passkey.
func (a *Authenticator) Make(question []byte) string {
	a.t.Helper()
	asked := a.read(question)
	point, err := a.key.PublicKey.Bytes()
	a.must(err)
	public, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
	a.must(err)
	data := a.data(asked.PublicKey.RP.ID, 0x45)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(append(data, a.id...), public...)
	attestation, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": data})
	a.must(err)
	return a.answer(map[string]string{
		"clientDataJSON": text(a.client("webauthn.create", asked.PublicKey.Challenge)), "attestationObject": text(attestation),
	})
}

// Prove answers a question for a proof.
func (a *Authenticator) Prove(question []byte) string {
	a.t.Helper()
	asked := a.read(question)
	a.Counter++
	client, data := a.client("webauthn.get", asked.PublicKey.Challenge), a.data(asked.PublicKey.RPID, 0x05)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	a.must(err)
	return a.answer(map[string]string{
		"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature),
	})
}

func (a *Authenticator) read(question []byte) options {
	var asked options
	a.must(json.Unmarshal(question, &asked))
	return asked
}

// data is the head of what a device signs: whose key, that its owner was there,
// and its counter.
func (a *Authenticator) data(rpID string, flags byte) []byte {
	host := sha256.Sum256([]byte(rpID))
	return binary.BigEndian.AppendUint32(append(host[:], flags), a.Counter)
}

func (a *Authenticator) client(kind, challenge string) []byte {
	data, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	a.must(err)
	return data
}

func (a *Authenticator) answer(response map[string]string) string {
	answer, err := json.Marshal(map[string]any{
		"id": text(a.id), "rawId": text(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	a.must(err)
	return string(answer)
}

func (a *Authenticator) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func text(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
