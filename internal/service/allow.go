package service

import (
	"context"

	"latchkey/internal/console"
)

// Allow says whether a token string is good for what r asks, to a gateway that
// guards it. The answer is about this moment and this requirement only, and
// nothing of it is kept.
func (s *Service) Allow(ctx context.Context, text string, r console.Requirement) (console.Introspection, error) {
	found, err := s.look(ctx, text, r.From.Address)
	if err != nil {
		return console.Introspection{}, err
	}
	told := found.For(r)
	s.noteUse(&found, told.Reason, r.From)
	return told, nil
}
