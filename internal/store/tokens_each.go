package store

import (
	"context"
	"time"

	"latchkey/internal/console"
)

// tokenBatch is how many tokens are read at once.
const tokenBatch = 500

// EachToken calls visit with all tokens that pass f at now, in their order,
// until it fails. It reads a batch at a time, each for itself and from where the
// one before it ended, so that a slow reader neither fills the memory nor holds a
// transaction open. What time changes meanwhile changes nothing; a token that
// somebody moves to another place of the order may be missed or come twice.
func (s *Store) EachToken(ctx context.Context, f console.TokenFilter, sort console.TokenSort, now time.Time, visit func(console.Token) error) error {
	list, err := s.tokenList(ctx, f, sort, console.PageRequest{}, now)
	if err != nil {
		return err
	}
	for list.rows, list.budget = tokenBatch, 0; ; {
		rows, err := s.listed(ctx, list)
		if err != nil {
			return err
		}
		tokens := tokensOf(rows)
		if err := s.nameTokens(ctx, &Names{}, tokens); err != nil {
			return err
		}
		for _, token := range tokens {
			if err := visit(token); err != nil {
				return err
			}
		}
		if len(rows) < list.rows {
			return nil
		}
		at := rows[len(rows)-1].position()
		list.from = &at
	}
}
