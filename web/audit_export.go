package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// exportPaths are the routes that answer with as much as there is.
var exportPaths = []string{"/audit.csv", "/audit.jsonl"}

// auditRoutes are the audit log and its exports.
func auditRoutes() []route {
	return []route{
		{http.MethodGet, "/audit", false, (*Server).listAudit},
		{http.MethodGet, exportPaths[0], false, (*Server).exportAudit},
		{http.MethodGet, exportPaths[1], false, (*Server).exportAudit},
	}
}

const (
	// exportsAtOnce is how many exports run at a time, so that they leave the
	// database to those who work with it.
	exportsAtOnce = 4
	// exportPause is how long an export may go without anything being read of
	// it or found for it.
	exportPause = 30 * time.Second
	// exportBuffer is how much is sent at once.
	exportBuffer = 32 << 10
)

// exportTypes are the media types of the formats.
var exportTypes = map[console.ExportFormat]string{
	console.ExportCSV:   "text/csv; charset=utf-8; header=present",
	console.ExportJSONL: "application/jsonl; charset=utf-8",
}

// exportAudit answers GET /audit.csv and /audit.jsonl: all that the filters of
// the page let through, however much that is, in constant memory.
func (s *Server) exportAudit(c echo.Context) error {
	format := console.ExportFormat(strings.TrimPrefix(path.Ext(c.Path()), "."))
	query := readAuditQuery(c.QueryParams())
	filter, err := s.auditFilter(c, &query, s.reader(c))
	if err != nil {
		return err
	}
	select {
	case s.exports <- struct{}{}:
		defer func() { <-s.exports }()
	default:
		return console.Limited("Several exports are running already.", 10*time.Second)
	}
	c.Response().Header().Set(echo.HeaderContentType, exportTypes[format])
	c.Response().Header().Set(echo.HeaderContentDisposition,
		fmt.Sprintf(`attachment; filename="audit-%s.%s"`, s.svc.Now().UTC().Format(time.DateOnly), format))
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	return s.stream(c, format.Head(), func(ctx context.Context, write func([]byte) error) error {
		return s.svc.ExportAudit(ctx, actor(c), filter, format, func(e console.AuditEvent) error {
			line, err := format.Event(e)
			if err != nil {
				return err
			}
			return write(line)
		})
	})
}

// stream answers with head and what produce writes. Until the first bytes are
// on their way an error has its page; after that the connection is cut, so that
// nobody takes a part for the whole. Whoever does not read, or reads no more,
// ends it.
func (s *Server) stream(c echo.Context, head []byte, produce func(ctx context.Context, write func([]byte) error) error) error {
	ctx, cancel := context.WithCancel(c.Request().Context())
	defer cancel()
	idle := time.AfterFunc(exportPause, cancel)
	defer idle.Stop()
	control := http.NewResponseController(c.Response())
	to := bufio.NewWriterSize(sender(func(part []byte) (int, error) {
		pause, stop := context.WithTimeout(ctx, exportPause)
		defer stop()
		until, _ := pause.Deadline()
		if err := control.SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return 0, err
		}
		idle.Reset(exportPause)
		return c.Response().Write(part)
	}), exportBuffer)
	write := func(line []byte) error {
		_, err := to.Write(line)
		return err
	}
	err := write(head)
	if err == nil {
		err = produce(ctx, write)
	}
	if err == nil {
		err = to.Flush()
	}
	switch {
	case err == nil:
		return nil
	case !c.Response().Committed:
		c.Response().Header().Del(echo.HeaderContentDisposition)
		c.Response().Header().Del(echo.HeaderContentType)
		if ctx.Err() != nil && c.Request().Context().Err() == nil {
			return console.Unavailable(err) // it took too long to find anything
		}
		return err
	case c.Request().Context().Err() == nil:
		s.log(c, http.StatusInternalServerError, err)
	}
	panic(http.ErrAbortHandler)
}

// sender is a function that writes.
type sender func([]byte) (int, error)

func (s sender) Write(part []byte) (int, error) { return s(part) }

// exports are the log's addresses as files, with the same filters.
func (l auditLog) exports() map[console.ExportFormat]string {
	all := map[console.ExportFormat]string{}
	values := l.query.first()
	values.page = console.PageRequest{}
	for _, format := range console.ExportFormats {
		all[format] = withQuery(views.AuditExportPath(format), values.values())
	}
	return all
}
