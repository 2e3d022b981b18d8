package store

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"latchkey/internal/console"
)

// planned is a store on SQLite whose statements are kept, with how to look at them.
type planned struct {
	*Store
	t     *testing.T
	asked []statementAsked
}

type statementAsked struct {
	sql  string
	args []any
}

// newPlanned has n tokens, of which token says what they are.
func newPlanned(t *testing.T, now time.Time, n int, token func(i int) console.Token) *planned {
	t.Helper()
	st, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "latchkey.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	if err := st.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = st.LoadTokens(t.Context(), func(yield func(console.Token, SecretHash) bool) {
		for i := range n {
			if !yield(token(i), SecretHash{Hash: numbered(i), KeyID: "key"}) {
				return
			}
		}
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	p := &planned{Store: st, t: t}
	keep := func(db *gorm.DB) {
		p.asked = append(p.asked, statementAsked{db.Statement.SQL.String(), db.Statement.Vars})
	}
	for _, register := range []func() error{
		func() error { return st.read.Callback().Row().After("gorm:row").Register("test:asked", keep) },
		func() error { return st.write.Callback().Raw().After("gorm:raw").Register("test:asked", keep) },
	} {
		if err := register(); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// numbered is the hash of the secret of the token with that number.
func numbered(i int) []byte { return fmt.Appendf(nil, "%04d", i) }

// one is the one statement that begins so.
func (p *planned) one(begins string) statementAsked {
	p.t.Helper()
	var found []statementAsked
	for _, s := range p.asked {
		if strings.HasPrefix(s.sql, begins) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		p.t.Fatalf("%d statements begin with %s", len(found), begins)
	}
	return found[0]
}

// plan is how the one statement is gone about that begins so.
func (p *planned) plan(begins string) (steps []string) {
	p.t.Helper()
	found := p.one(begins)
	var rows []map[string]any
	if err := p.read.Raw("EXPLAIN QUERY PLAN "+found.sql, found.args...).Scan(&rows).Error; err != nil {
		p.t.Fatal(err)
	}
	for _, row := range rows {
		steps = append(steps, fmt.Sprint(row["detail"]))
	}
	return steps
}

// TestNobodyWalksThroughWhatWasRevoked: a bulk revocation lets many tokens end on one
// day, and pages go on counting meanwhile.
func TestNobodyWalksThroughWhatWasRevoked(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	st := newPlanned(t, now, 1000, func(i int) console.Token {
		token := console.Token{GUID: console.NewGUID(), Name: fmt.Sprint(i), CreatedAt: now.AddDate(-1, 0, 0), ValidTo: now.AddDate(0, 0, i), Version: 1}
		if i%2 == 0 {
			token.ValidTo, token.RevokedAt = now, now
		}
		return token
	})
	for what, ask := range map[string]func() error{
		"statuses": func() error { _, err := st.CountStatuses(ctx, "", now); return err },
		"current": func() error {
			_, err := st.countExpiredSince(ctx, console.TokenFilter{}, currentSince(0, now), now)
			return err
		},
		"turn": func() error {
			_, err := st.FindNextTurn(ctx, console.RetentionWindow, now)
			return err
		},
	} {
		st.asked = nil
		if err := ask(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, step := range st.plan("SELECT") {
			sorts := what == "turn" && strings.Contains(step, "B-TREE FOR ORDER BY")
			if strings.Contains(step, "tokens_by_end") || strings.HasPrefix(step, "SCAN tokens") || sorts {
				t.Errorf("%s: %s", what, step)
			}
		}
	}
}

// TestWhatEndsTodayIsCountedFromTheIndexAlone, for that may be thousands of tokens.
func TestWhatEndsTodayIsCountedFromTheIndexAlone(t *testing.T) {
	ctx, now := t.Context(), time.Now()
	st := newPlanned(t, now, 100, func(i int) console.Token {
		return console.Token{GUID: console.NewGUID(), Name: fmt.Sprint(i), CreatedAt: now.AddDate(-1, 0, 0), ValidTo: now.AddDate(0, 0, i), Version: 1}
	})
	for what, count := range map[string]func(context.Context, time.Time) (map[console.Status]int, error){
		"all": func(ctx context.Context, now time.Time) (map[console.Status]int, error) {
			return st.CountStatuses(ctx, "", now)
		},
		"open": st.CountOpen,
	} {
		st.asked = nil
		if _, err := count(ctx, now); err != nil {
			t.Fatal(err)
		}
		var steps []struct {
			Opcode     string
			P1, P2, P3 int
		}
		asked := st.one("SELECT")
		if err := st.read.Raw("EXPLAIN "+asked.sql, asked.args...).Scan(&steps).Error; err != nil {
			t.Fatal(err)
		}
		row, read := -1, false // that of the tokens which end today, looked up once a column is asked that the index has not
		for _, step := range steps {
			if step.Opcode == "DeferredSeek" && row < 0 {
				row = step.P3
			}
			read = read || step.Opcode == "Column" && step.P1 == row
		}
		if row < 0 || read {
			t.Errorf("%s: tokens are read: %+v", what, steps)
		}
	}
}

// TestWalksGoByTheirIndexes also where statistics tell of them and not of another, as
// after a migration that made that one anew: SQLite takes it for the better one, and
// would sort all that there is.
func TestWalksGoByTheirIndexes(t *testing.T) {
	now := time.Now()
	st := newPlanned(t, now, 2000, func(i int) console.Token {
		return console.Token{GUID: console.NewGUID(), Name: fmt.Sprint(i), CreatedAt: now.AddDate(-1, 0, -i), ValidTo: now.AddDate(0, 0, -1-i%300), Version: 1}
	})
	for _, statement := range []string{"DROP INDEX tokens_phase_creation", "CREATE INDEX tokens_phase_creation ON tokens (phase, created_at, guid)"} {
		if err := st.write.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range console.TokenSortKeys {
		plan, err := st.PlanOf(t.Context(), console.TokenFilter{Status: console.StatusFilter(console.StatusExpired)}, console.TokenSort{Key: key}, console.PageRequest{}, now)
		index := walkedIndexes[cmp.Or(tokenSortColumns[key], endColumn)][1]
		walks := func(step string) bool {
			return strings.HasPrefix(step, "SEARCH") && strings.Contains(step, " USING") && strings.Contains(step, index+" (phase=?)")
		}
		if err != nil || !slices.ContainsFunc(plan, walks) {
			t.Errorf("by %s: %q, %v", key, plan, err)
		}
	}
}

// TestSQLiteMergesSegments along their indexes, and reads the rows of the page alone.
func TestSQLiteMergesSegments(t *testing.T) {
	now := time.Now()
	st := newPlanned(t, now, 100, func(int) console.Token {
		return console.Token{GUID: console.NewGUID(), Name: "a", CreatedAt: now, Version: 1}
	})
	for _, key := range console.TokenSortKeys {
		if key == console.SortIsActive {
			continue // its segments come one after the other
		}
		covering := "SEARCH t USING COVERING INDEX "
		switch key {
		case console.SortUsed:
			covering = strings.Replace(covering, " t ", " token_uses ", 1)
		case console.SortExpires, console.SortStarts: // it does not tell so of a generated column
			covering = strings.Replace(covering, "COVERING ", "", 1)
		}
		for _, last := range []bool{false, true} {
			plan, err := st.PlanOf(t.Context(), console.TokenFilter{Status: console.FilterInactive}, console.TokenSort{Key: key}, console.PageRequest{Last: last}, now)
			walks, sorts, made := 0, 0, 0
			for _, step := range plan {
				switch {
				case strings.HasSuffix(step, covering+walkedIndexes[tokenSortColumns[key]][1]+" (phase=?)"):
					walks++
				case strings.Contains(step, "FOR ORDER BY"):
					sorts++
				case step == "MATERIALIZE unsettled":
					made++
				}
			}
			if err != nil || walks != len(console.FilterInactive.Statuses()) || sorts != 1 || made != 1 {
				t.Errorf("by %s, %d walks, sorted %d times, unsettled found %d times: %v\n%s", key, walks, sorts, made, err, strings.Join(plan, "\n"))
			}
		}
	}
}

// TestUsesAreWrittenByTheirSecrets, however many: a flush of some hundred does not
// look at every secret that there is.
func TestUsesAreWrittenByTheirSecrets(t *testing.T) {
	now := time.Now()
	st := newPlanned(t, now, 2000, func(i int) console.Token {
		return console.Token{GUID: console.NewGUID(), Name: fmt.Sprint(i), CreatedAt: now, Version: 1}
	})
	for _, n := range []int{1, 100, usageRows} {
		var uses []SecretUse
		for i := range n {
			uses = append(uses, SecretUse{Hash: numbered(i), At: now})
		}
		st.asked = nil
		if err := st.NoteSecretUses(t.Context(), uses); err != nil {
			t.Fatal(err)
		}
		for _, step := range st.plan("UPDATE secrets") {
			if strings.HasPrefix(step, "SCAN secrets") {
				t.Errorf("for %d uses: %s", n, step)
			}
		}
	}
}

// TestABulkChangeIsNotWalkedThrough for the latest events that are no part of it.
func TestABulkChangeIsNotWalkedThrough(t *testing.T) {
	now := time.Now()
	st := newPlanned(t, now, 1, func(int) console.Token {
		return console.Token{GUID: console.NewGUID(), Name: "a", CreatedAt: now, Version: 1}
	})
	if _, err := st.LatestAuditEvents(t.Context(), console.AuditFilter{Actions: console.BulkEnds, Alone: true}, 4); err != nil {
		t.Fatal(err)
	}
	if steps := st.plan("SELECT"); len(steps) != 1 || !strings.Contains(steps[0], "audit_events_alone") {
		t.Errorf("it is gone about by %q", steps)
	}
}
