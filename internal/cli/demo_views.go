package cli

import "latchkey/internal/console"

// views plans the states of the list of tokens that the sample's people share.
func (s *sampler) views() {
	for i, v := range []console.View{
		{Name: "Ends within 30 days", Query: "expires=30d&sort=expires&status=active"},
		{Name: "Risky without an end", Query: "sort=created&status=active&trait=endless&trait=risky"},
	} {
		v.Place, v.Shared = console.ViewOfAll, true
		s.plan(s.on(20, i), func() error {
			_, err := s.CreateView(s.ctx, s.as(i), v)
			return err
		})
	}
}
