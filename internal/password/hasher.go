// Package password keeps passwords: it hashes them with argon2id, checks them,
// and recognises those that an attacker would try first.
//
// Passwords count as typed, in Unicode NFC, so that the same text typed on two
// keyboards is the same password.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"latchkey/internal/cores"
)

// ErrBusy says that so many passwords wait to be hashed that another would
// wait too long. Nothing was computed; ask again later.
var ErrBusy = errors.New("too many passwords are being checked at once")

// queueLimit is how many callers may wait for their turn. At about 50 ms a hash
// the last of them waits a few seconds.
const queueLimit = 64

// A Hasher hashes and verifies passwords, only so many at once: each takes
// 19 MiB and one processor. It is safe for use by many goroutines.
type Hasher struct {
	turns   chan struct{}
	waiting atomic.Int64
	// decoy is a hash of nothing that anybody knows, for VerifyNothing.
	decoy  string
	cost   parameters
	derive func(password, salt []byte, p parameters) []byte
}

// New returns a Hasher that computes at most parallel hashes at once, or, if
// parallel is zero, on half of the processors, so that people who sign in leave
// the other half to those who verify tokens.
func New(parallel int) *Hasher {
	if parallel <= 0 {
		parallel = max(1, cores.Count()/2)
	}
	return newHasher(parallel, current)
}

// NewWeak returns a Hasher whose hashes cost next to nothing, to make and to
// guess. It is for tests that make many people.
func NewWeak() *Hasher { return newHasher(cores.Count(), weak) }

func newHasher(parallel int, cost parameters) *Hasher {
	decoy := encoded{parameters: cost, salt: random(cost.saltLength), key: random(cost.keyLength)}
	return &Hasher{turns: make(chan struct{}, parallel), decoy: decoy.String(), cost: cost, derive: derive}
}

// Hash returns what to keep of a password: argon2id in PHC form, with a fresh
// salt. It fails only with ErrBusy or the error of ctx.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	e := encoded{parameters: h.cost, salt: random(h.cost.saltLength)}
	key, err := h.compute(ctx, password, e)
	if err != nil {
		return "", err
	}
	e.key = key
	return e.String(), nil
}

// Verify reports whether password is the one that phc was made from. It
// accepts any argon2id parameters within reason, so that stronger ones can be
// introduced while old hashes still open. Its error is ErrBusy, that of ctx,
// or says that phc is no such hash; it never quotes phc or the password.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (bool, error) {
	e, err := parse(phc)
	if err != nil {
		return false, fmt.Errorf("stored password hash: %w", err)
	}
	key, err := h.compute(ctx, password, e)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, e.key) == 1, nil
}

// VerifyNothing does the work of Verify for a person who does not exist, so
// that the answer takes as long and fails in the same ways.
func (h *Hasher) VerifyNothing(ctx context.Context, password string) error {
	_, err := h.Verify(ctx, h.decoy, password)
	return err
}

func (h *Hasher) compute(ctx context.Context, password string, e encoded) ([]byte, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	defer func() { <-h.turns }()
	return h.derive(norm.NFC.Bytes([]byte(password)), e.salt, e.parameters), nil
}

// wait returns when it is the caller's turn.
func (h *Hasher) wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.turns <- struct{}{}:
		return nil
	default:
	}
	defer h.waiting.Add(-1)
	if h.waiting.Add(1) > queueLimit {
		return ErrBusy
	}
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func derive(password, salt []byte, p parameters) []byte {
	return argon2.IDKey(password, salt, p.passes, p.memory, p.lanes, uint32(p.keyLength))
}

func random(length int) []byte {
	b := make([]byte, length)
	_, _ = rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}
