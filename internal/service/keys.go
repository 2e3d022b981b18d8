package service

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"slices"
	"sync"

	"latchkey/internal/console"
	"latchkey/internal/gate"
	"latchkey/internal/store"
)

// keys are derived from the installation's one key, each for one purpose.
type keys struct {
	id      string
	seals   []byte
	audit   []byte
	factors []byte
	// recovery is what hashes of recovery codes are made with.
	recovery []byte
	// hashers are of secrets, ready to be used again.
	hashers *sync.Pool
}

const keyLength = 32

// A keyring is the key in use, with which everything is made, and those from
// before, by which what was made with them is known.
type keyring struct {
	keys
	// all are the key in use and then the others.
	all []keys
}

func newKeyring(master []byte, old [][]byte) (keyring, error) {
	var r keyring
	for _, text := range append([][]byte{master}, old...) {
		k, err := newKeys(text)
		if err != nil {
			return keyring{}, err
		}
		if !slices.Contains(r.ids(), k.id) {
			r.all = append(r.all, k)
		}
	}
	r.keys = r.all[0]
	return r, nil
}

// ids are those of all keys.
func (r keyring) ids() []string {
	ids := make([]string, len(r.all))
	for i, k := range r.all {
		ids[i] = k.id
	}
	return ids
}

func newKeys(master []byte) (keys, error) {
	if len(master) != keyLength {
		return keys{}, errors.New("the installation's key must have 32 bytes")
	}
	derive := func(purpose string) []byte {
		key, err := hkdf.Key(sha256.New, master, nil, "latchkey "+purpose, keyLength)
		if err != nil {
			panic(err) // only for lengths that HKDF cannot make
		}
		return key
	}
	forSecrets := derive("secrets")
	return keys{
		id:       hex.EncodeToString(derive("id")[:8]),
		hashers:  &sync.Pool{New: func() any { return &hasher{Hash: hmac.New(sha256.New, forSecrets)} }},
		seals:    derive("seals"),
		audit:    derive("audit"),
		factors:  derive("factors"),
		recovery: derive("recovery"),
	}, nil
}

// hashSecret is how a secret is kept: without the key, nobody who has the
// database can verify a guess or write a hash of their own.
func (k keys) hashSecret(secret console.Secret) store.SecretHash {
	id := k.secretID(secret)
	return store.SecretHash{Hash: id[:], KeyID: k.id}
}

// secretID is the same hash, as verification compares it.
func (k keys) secretID(secret console.Secret) (id gate.SecretID) {
	h := k.hashers.Get().(*hasher)
	h.Reset()
	h.text = append(h.text[:0], secret.Reveal()...)
	h.Write(h.text)
	copy(id[:], h.Sum(h.text[:0]))
	k.hashers.Put(h)
	return id
}

// hasher is a hash to be used again, with the place for what is hashed.
type hasher struct {
	hash.Hash
	text []byte
}

// sealSeed encrypts the seed of user's one-time codes, for that user and under
// this key only: unlike a password it has to be read again.
func (k keys) sealSeed(user console.GUID, seed []byte) ([]byte, error) {
	box, err := k.seedBox()
	if err != nil {
		return nil, err
	}
	return box.Seal([]byte(k.id), nil, seed, []byte(user)), nil
}

func (r keyring) unsealSeed(user console.GUID, sealed []byte) ([]byte, error) {
	for _, k := range r.all {
		text, its := bytes.CutPrefix(sealed, []byte(k.id))
		if !its {
			continue
		}
		box, err := k.seedBox()
		if err != nil {
			return nil, err
		}
		return box.Open(nil, nil, text, []byte(user))
	}
	return nil, errors.New("the seed was sealed with another key")
}

// seedBox is AES-256-GCM, each text with a random nonce before it.
func (k keys) seedBox() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.factors)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// hashRecoveryCode is how a recovery code is kept: it is short, so that without
// the key it could be guessed from its hash.
func (k keys) hashRecoveryCode(user console.GUID, code string) string {
	mac := hmac.New(sha256.New, k.recovery)
	mac.Write([]byte(string(user) + " " + code))
	return hex.EncodeToString(mac.Sum(nil))
}

// Seal returns a keyed, URL-safe code over the parts, for one purpose: proof
// that this installation said them.
func (s *Service) Seal(purpose string, parts ...string) string {
	return base64.RawURLEncoding.EncodeToString(s.keys.seal(purpose, parts))
}

// Sealed reports whether seal is the code over the parts for the purpose.
func (s *Service) Sealed(seal, purpose string, parts ...string) bool {
	given, err := base64.RawURLEncoding.DecodeString(seal)
	return err == nil && slices.ContainsFunc(s.keys.all, func(k keys) bool { return hmac.Equal(given, k.seal(purpose, parts)) })
}

func (k keys) seal(purpose string, parts []string) []byte {
	mac := hmac.New(sha256.New, k.seals)
	for _, part := range append([]string{purpose}, parts...) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		mac.Write(length[:])
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

// hashCode is how one-time codes are kept. They are random, so a plain hash does.
func hashCode(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}
