package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// bulkRoutes are those of bulk changes that are worked off in the background.
func bulkRoutes() []route {
	return []route{
		{http.MethodGet, "/jobs", false, (*Server).listBulkJobs},
		{http.MethodGet, "/jobs/:guid", false, (*Server).showBulkJob},
		{http.MethodGet, "/jobs/:guid/events", false, (*Server).followBulkJob},
		{http.MethodPost, "/jobs/:guid/cancellation", false, (*Server).cancelBulkJob},
		{http.MethodGet, "/jobs/:guid/outcomes.csv", false, (*Server).exportBulkOutcomes},
		{http.MethodGet, "/jobs/:guid/outcomes.jsonl", false, (*Server).exportBulkOutcomes},
		{http.MethodGet, "/emergency", false, (*Server).askEmergency},
		{http.MethodPost, "/emergency", false, (*Server).planEmergency},
	}
}

// listBulkJobs answers GET /jobs.
func (s *Server) listBulkJobs(c echo.Context) error {
	page, err := s.svc.ListBulkJobs(c.Request().Context(), actor(c), readPage(c.QueryParams()))
	if err != nil {
		return err
	}
	request := readPage(c.QueryParams())
	p := views.BulkJobsProps{Jobs: page.Items, Reader: s.reader(c), CanWrite: actor(c).MaySomewhere(console.TokenWrite)}
	p.Pager = pagerProps(page.Offset, len(page.Items), page.Total, request)
	p.Pager.Action = views.BulkJobsPath()
	link := func(r console.PageRequest) string {
		values := url.Values{}
		writePage(values, r)
		return withQuery(views.BulkJobsPath(), values)
	}
	if page.Previous != "" {
		p.Pager.First, p.Pager.Prev = link(console.PageRequest{Size: request.Size}), link(console.PageRequest{Cursor: page.Previous, Size: request.Size})
	}
	if page.Next != "" {
		p.Pager.Next, p.Pager.Last = link(console.PageRequest{Cursor: page.Next, Size: request.Size}), link(console.PageRequest{Last: true, Size: request.Size})
	}
	return s.showPage(c, http.StatusOK, views.BulkJobs(p))
}

func (s *Server) bulkJob(c echo.Context) (views.BulkJobProps, error) {
	guid, err := guidParam(c)
	if err != nil {
		return views.BulkJobProps{}, err
	}
	who := actor(c)
	job, err := s.svc.GetBulkJob(c.Request().Context(), who, guid)
	own := who.Kind == job.Actor.Kind && who.GUID == job.Actor.GUID
	return views.BulkJobProps{Job: job, Reader: s.reader(c), CanCancel: own || who.May(console.TokenWrite), CanAudit: who.May(console.AuditRead)}, err
}

// showBulkJob answers GET /jobs/:guid.
func (s *Server) showBulkJob(c echo.Context) error {
	p, err := s.bulkJob(c)
	if err != nil {
		return err
	}
	return s.show(c, http.StatusOK, views.BulkJob(p), views.BulkJobState(p))
}

// cancelBulkJob answers POST /jobs/:guid/cancellation.
func (s *Server) cancelBulkJob(c echo.Context) error {
	guid, err := guidParam(c)
	if err != nil {
		return err
	}
	if _, err := s.svc.CancelBulkJob(c.Request().Context(), actor(c), guid); err != nil {
		return err
	}
	if !wantsRegion(c.Request()) {
		return s.leave(c, views.BulkJobPath(guid))
	}
	return s.showBulkJob(c)
}

const (
	// followFor is how long one answer tells how far a job is, within the time
	// that a page has. The browser asks again, and is asked again who it is.
	followFor = 8 * time.Second
	// followEvery is how often it looks.
	followEvery = 400 * time.Millisecond
	// followsAtOnce is how many pages are told at a time, and followsOfOne how
	// many of one person's. The others show how far it is when they are opened.
	followsAtOnce, followsOfOne = 64, 8
)

// followBulkJob answers GET /jobs/:guid/events with an event each time that a job
// came further: only how far, so that the page asks for what it shows.
func (s *Server) followBulkJob(c echo.Context) error {
	p, err := s.bulkJob(c)
	if err != nil {
		return err
	}
	leave, free := s.follows.take(actor(c).GUID)
	if !free {
		return console.Limited("Many pages follow bulk changes already.", followFor)
	}
	defer leave()
	c.Response().Header().Set(echo.HeaderContentType, "text/event-stream")
	c.Response().Header().Set("X-Accel-Buffering", "no")
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	c.Response().WriteHeader(http.StatusOK)
	ctx, cancel := context.WithTimeout(c.Request().Context(), followFor)
	defer cancel()
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for told := -1; ; {
		if worked := p.Job.Worked(); worked != told || p.Job.Finished() {
			told = worked
			if _, err := fmt.Fprintf(c.Response(), "event: progress\ndata: %d\n\n", worked); err != nil {
				return nil // nobody reads any more
			}
			c.Response().Flush()
		}
		if p.Job.Finished() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if p, err = s.bulkJob(c); err != nil || s.draining.Load() {
			return nil // the next answer says why
		}
	}
}

// exportBulkOutcomes answers GET /jobs/:guid/outcomes.csv and its like.
func (s *Server) exportBulkOutcomes(c echo.Context) error {
	p, err := s.bulkJob(c)
	if err != nil {
		return err
	}
	format := exportFormat(c)
	return export(s, c, file{name: "outcomes", format: format, head: format.OutcomeHead()}, format.Outcome, func(ctx context.Context, visit func(console.BulkOutcome) error) error {
		return s.svc.EachBulkOutcome(ctx, actor(c), p.Job.GUID, visit)
	})
}
