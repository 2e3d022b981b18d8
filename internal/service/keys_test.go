package service_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"latchkey/internal/console"
	"latchkey/internal/service"
)

func TestAnotherKeyIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, text := s.make("deploy")
		for name, wrong := range map[string][]byte{
			"another key": key(2), "almost the key": append(key(1)[:31], 3), "no key": nil,
			"a key that is too short": key(1)[:31], "a key that is too long": append(key(1), 1),
		} {
			opened, err := s.open(wrong)
			if err == nil || opened != nil {
				t.Errorf("%s is accepted", name)
				continue
			}
			for _, trace := range []string{hex.EncodeToString(wrong), string(wrong), fmt.Sprint(wrong), hex.EncodeToString(key(1))} {
				if len(wrong) > 0 && strings.Contains(err.Error(), trace) {
					t.Errorf("the refusal of %s quotes it: %v", name, err)
				}
			}
		}
		again, err := s.open(key(1))
		s.must(err)
		if worth, err := again.Verify(t.Context(), text, nowhere); !worth.Active {
			t.Errorf("with the same key again, the token is worth %+v, %v", worth, err)
		}
		if known, err := s.store.ListKeys(t.Context()); len(known) != 1 {
			t.Errorf("the database knows %d keys, %v", len(known), err)
		}
	})
}

// TestAnotherKeyVerifiesNothing gives whoever stole the database a key that it
// accepts, which still is not the one that its secrets were hashed with.
func TestAnotherKeyVerifiesNothing(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		_, text := s.make("deploy")
		elsewhere := s.fresh()
		_, err := service.New(t.Context(), elsewhere, service.Options{Key: key(2), Now: s.clock.now})
		s.must(err)
		ids, err := elsewhere.ListKeys(t.Context())
		s.must(err)
		s.must(s.store.InsertKey(t.Context(), ids[0], opening))
		s.raw(`UPDATE secrets SET key_id = '`+ids[0]+`'`, `DELETE FROM keys WHERE id <> '`+ids[0]+`'`)
		thief, err := s.open(key(2))
		s.must(err)
		if worth, err := thief.Verify(t.Context(), text, nowhere); err != nil || worth.Active || worth.Reason != console.ReasonUnknown {
			t.Errorf("with another key, the token is worth %+v, %v", worth, err)
		}
		if worth, err := s.Verify(t.Context(), text, nowhere); err != nil || !worth.Active {
			t.Errorf("with its own key, the token is worth %+v, %v", worth, err)
		}
	})
}

// TestOneOfTwoKeysIsRefused has replicas with two keys start on an empty database at once.
func TestOneOfTwoKeysIsRefused(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.emptyKeys()
		var opened []error
		s.crowded("keys", func() {
			opened = together(8, func(i int) error {
				_, err := s.open(key(byte(2 + i%2)))
				return err
			})
		})
		refused := 0
		for i, err := range opened {
			if (err == nil) != (opened[i%2] == nil) {
				t.Errorf("one key is accepted and refused: %v", opened)
			}
			if err != nil {
				refused++
			}
		}
		if known, err := s.store.ListKeys(t.Context()); refused != 4 || len(known) != 1 {
			t.Errorf("%d of 8 are refused and the database knows %d keys: %v, %v", refused, len(known), opened, err)
		}
	})
}

func TestSeals(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		seal := s.Seal("guid", "session", "0ad09d9b")
		if !s.Sealed(seal, "guid", "session", "0ad09d9b") {
			t.Fatal("its own seal is refused")
		}
		if strings.ContainsAny(seal, "+/=") || len(seal) < 40 {
			t.Errorf("the seal is %q", seal)
		}
		other, err := service.New(t.Context(), s.fresh(), service.Options{Key: key(2), Now: s.clock.now})
		s.must(err)
		for name, ok := range map[string]bool{
			"another purpose":            s.Sealed(seal, "csrf", "session", "0ad09d9b"),
			"other parts":                s.Sealed(seal, "guid", "session", "0ad09d9c"),
			"parts in another order":     s.Sealed(seal, "guid", "0ad09d9b", "session"),
			"parts cut elsewhere":        s.Sealed(seal, "guid", "sessio", "n0ad09d9b"),
			"parts joined":               s.Sealed(seal, "guid", "session0ad09d9b"),
			"purpose and part joined":    s.Sealed(seal, "guidsession", "0ad09d9b"),
			"one part more":              s.Sealed(seal, "guid", "session", "0ad09d9b", ""),
			"one part less":              s.Sealed(seal, "guid", "session"),
			"another key":                other.Sealed(seal, "guid", "session", "0ad09d9b"),
			"no seal":                    s.Sealed("", "guid", "session", "0ad09d9b"),
			"half the seal":              s.Sealed(seal[:20], "guid", "session", "0ad09d9b"),
			"a seal and more":            s.Sealed(seal+"AA", "guid", "session", "0ad09d9b"),
			"a seal with another letter": s.Sealed(seal[:5]+flip(seal[5:6])+seal[6:], "guid", "session", "0ad09d9b"),
			"a seal that is no base64":   s.Sealed("!", "guid", "session", "0ad09d9b"),
		} {
			if ok {
				t.Errorf("%s opens the seal", name)
			}
		}
	})
}

// TestDatabaseHoldsNoSecret reads all that the database keeps, as whoever
// steals it would.
func TestDatabaseHoldsNoSecret(t *testing.T) {
	eachEmpty(t, func(t *testing.T, s *site) {
		code, err := s.NewSetupCode(t.Context())
		s.must(err)
		const password = "correct horse battery staple"
		content := s.content()
		if !bytes.Contains(content, []byte(hashOf(code))) {
			t.Error("the code's hash is not found, so that this test sees nothing")
		}
		user, err := s.SetUp(t.Context(), origin, code, console.NewUser{Email: "ann@example.com", Password: password})
		s.must(err)
		_, err = s.SignIn(t.Context(), origin, "ann@example.com", password, false)
		s.must(err)
		n := console.NewToken{GUID: console.NewGUID(), Type: console.TypeSystem, Name: "deploy", Scopes: []string{"ReadHealthCheck"}}
		_, secret, err := s.CreateToken(t.Context(), origin.As(user), n)
		s.must(err)
		_, err = s.Verify(t.Context(), secret.Reveal(), nowhere)
		s.must(err)
		content = append(content, s.content()...)
		if !bytes.Contains(content, []byte(n.GUID)) || !bytes.Contains(content, []byte("ann@example.com")) {
			t.Error("the token's GUID is not found, so that this test sees nothing")
		}
		text := secret.Reveal()
		for what, trace := range map[string]string{
			"the token string": text, "its body": text[40:83], "half its body": text[40:62], "the other half": text[61:83],
			"the setup code": code, "the password": password, "the key": string(key(1)),
		} {
			for how, written := range map[string]string{"as it is": trace, "in hexadecimal": hex.EncodeToString([]byte(trace))} {
				if bytes.Contains(content, []byte(written)) {
					t.Errorf("%s is in the database, %s", what, how)
				}
			}
		}
	})
}

// content is everything that the database has on disk, or would dump.
func (s *site) content() []byte {
	s.t.Helper()
	if file, ok := strings.CutPrefix(s.url, "sqlite:"); ok {
		content, err := os.ReadFile(file)
		s.must(err)
		wal, err := os.ReadFile(file + "-wal")
		s.must(err)
		return append(content, wal...)
	}
	var content []byte
	for table, rows := range s.snapshot() {
		content = append(content, table+"\n"+strings.Join(rows, "\n")...)
	}
	return content
}
