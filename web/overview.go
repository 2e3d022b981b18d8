package web

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// home answers GET /.
func (s *Server) home(c echo.Context) error {
	who := actor(c)
	overview, err := s.svc.Overview(c.Request().Context(), who)
	if err != nil {
		return err
	}
	p := views.OverviewProps{
		Overview: overview, Reader: s.reader(c), Limited: who.Sees().Limited, Empty: unassigned(who),
		CanCreate: who.MaySomewhere(console.TokenWrite), CanAudit: who.May(console.AuditRead), Refused: map[console.GUID]string{},
	}
	for _, token := range overview.Unused.Some {
		if err := who.NeedToken(console.TokenWrite, token); err != nil {
			p.Refused[token.GUID] = console.Sentence(err)
		}
	}
	return s.showPage(c, http.StatusOK, views.Overview(p))
}
