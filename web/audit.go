package web

import (
	"cmp"
	"slices"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
	"latchkey/views"
)

// An auditLog is what the page of the audit log is made from.
type auditLog struct {
	query  auditQuery
	page   console.Page[console.AuditEvent]
	reader views.Reader
	// target and actor are the names of what and whom the log is about, if it
	// is about one.
	target, actor string
	// repositories are the choices of a filter.
	repositories []console.RepositoryRef
}

// listAudit answers GET /audit.
func (s *Server) listAudit(c echo.Context) error {
	log, err := s.auditLog(c)
	if err != nil {
		return err
	}
	props := views.AuditProps{Filters: log.filters(), Table: log.table()}
	return s.showList(c, log.query.address(), views.Audit(props), views.AuditSwap(props))
}

func (s *Server) auditLog(c echo.Context) (auditLog, error) {
	ctx, who := c.Request().Context(), actor(c)
	l := auditLog{query: readAuditQuery(c.QueryParams()), reader: s.reader(c)}
	filter, err := s.auditFilter(c, &l.query, l.reader)
	if err != nil {
		return l, err
	}
	if l.repositories, err = s.repositoryChoices(c, console.RepositoryRead, l.query.repository); err != nil {
		return l, err
	}
	l.page, err = s.svc.ListAuditEvents(ctx, who, filter, l.query.page)
	if err == nil && len(l.page.Items) == 0 && (l.query.page.Cursor != "" || l.query.page.Last) {
		l.query = l.query.first()
		l.page, err = s.svc.ListAuditEvents(ctx, who, filter, l.query.page)
	}
	if err == nil {
		err = s.nameAuditees(c, &l)
	}
	return l, err
}

// auditFilter is what the query asks for. A repository that is not there is
// taken out of it.
func (s *Server) auditFilter(c echo.Context, q *auditQuery, reader views.Reader) (console.AuditFilter, error) {
	who := actor(c)
	if err := who.Need(console.AuditRead); err != nil {
		return console.AuditFilter{}, err
	}
	var only console.Repository
	if q.repository != "" {
		var err error
		only, err = s.svc.GetRepository(c.Request().Context(), who, q.repository)
		if err != nil && console.CodeOf(err) != console.CodeNotFound {
			return console.AuditFilter{}, err
		}
		q.repository = only.Name
	}
	return q.filter(only.GUID, reader), nil
}

// nameAuditees finds the names of what and whom the log is about, as they were
// last, whether or not they are still there or on this page.
func (s *Server) nameAuditees(c echo.Context, l *auditLog) error {
	for _, of := range []struct {
		guid console.GUID
		name *string
	}{{l.query.target, &l.target}, {l.query.actor, &l.actor}} {
		if of.guid == "" {
			continue
		}
		name, err := s.svc.AuditName(c.Request().Context(), actor(c), of.guid)
		if err != nil {
			return err
		}
		*of.name = cmp.Or(name, string(of.guid))
	}
	return nil
}

func (l auditLog) filters() views.AuditFiltersProps {
	p := views.AuditFiltersProps{
		Text: l.query.text, ActionN: len(l.query.actions), Repository: l.query.repository, Period: l.query.period,
		From: l.query.from, To: l.query.to, Matches: entriesText(l.page.Total),
		Parts: views.Choice{Value: noParts, Label: "Leave out the parts of bulk changes", Chosen: l.query.alone}, OfJob: l.query.job != "",
		Repositories: []views.Option{{Value: "", Label: "All repositories"}},
	}
	for _, repository := range l.repositories {
		p.Repositories = append(p.Repositories, views.Option{Value: repository.Name, Label: repository.Name})
	}
	for _, period := range auditPeriods {
		p.Periods = append(p.Periods, views.Option{Value: period.value, Label: period.label})
	}
	for _, action := range console.Actions {
		group, label := views.ActionLabel(action)
		if n := len(p.Actions); n == 0 || p.Actions[n-1].Name != group {
			p.Actions = append(p.Actions, views.ChoiceGroup{Name: group})
		}
		last := &p.Actions[len(p.Actions)-1]
		last.Choices = append(last.Choices, views.Choice{Value: string(action), Label: label, Chosen: slices.Contains(l.query.actions, action)})
	}
	return p
}

func entriesText(total int) string {
	if total == 1 {
		return "1 entry"
	}
	return views.Count(total) + " entries"
}

func (l auditLog) table() views.AuditTableProps {
	// Who and what were asked for have no fields of their own.
	kept := auditQuery{actor: l.query.actor, target: l.query.target, job: l.query.job, through: l.query.through, period: usualPeriod, page: console.PageRequest{Size: l.query.page.Size}}
	p := views.AuditTableProps{
		Reader: l.reader, State: params(kept.values()), Chips: l.chips(), Backwards: l.query.period == views.AuditDates && l.query.to != "" && l.query.from > l.query.to,
		Clear: views.AuditPath(), Pager: l.pager(), AllTime: l.allTime(), Exports: l.exports(),
	}
	for _, event := range l.page.Items {
		title := l.reader.DayTitle(event.At)
		if n := len(p.Days); n == 0 || p.Days[n-1].Title != title {
			p.Days = append(p.Days, views.AuditDay{Title: title})
		}
		last := &p.Days[len(p.Days)-1]
		last.Events = append(last.Events, event)
	}
	return p
}

// chips are the filters that are set, each with the log without it.
func (l auditLog) chips() []views.FilterChip {
	var chips []views.FilterChip
	add := func(label, value string, remove func(*auditQuery)) {
		if value != "" {
			q := l.query.first()
			remove(&q)
			chips = append(chips, views.FilterChip{Label: label, Value: value, Remove: q.address()})
		}
	}
	q := l.query
	add("Text", q.text, func(q *auditQuery) { q.text = "" })
	for _, action := range q.actions {
		group, label := views.ActionLabel(action)
		add(group, label, func(q *auditQuery) { q.actions = without(q.actions, action) })
	}
	add("Repository", q.repository, func(q *auditQuery) { q.repository = "" })
	add("About", l.target, func(q *auditQuery) { q.target = "" })
	add("Part of", string(q.job), func(q *auditQuery) { q.job = "" })
	if q.alone {
		add("Parts of bulk changes", "left out", func(q *auditQuery) { q.alone = false })
	}
	add("Through", string(q.through), func(q *auditQuery) { q.through = "" })
	add("By", l.actor, func(q *auditQuery) { q.actor = "" })
	if q.period != usualPeriod && q.period != views.AuditDates {
		add("Period", q.periodLabel(), func(q *auditQuery) { q.period = usualPeriod })
	}
	add("From", views.DayText(q.from), func(q *auditQuery) { q.between("", q.to) })
	add("To", views.DayText(q.to), func(q *auditQuery) { q.between(q.from, "") })
	return chips
}

func (l auditLog) pager() views.Pager {
	p := pagerProps(l.page.Offset, len(l.page.Items), l.page.Total, l.query.page)
	p.Action, p.Attrs = views.AuditPath(), views.IntoAudit()
	keep := l.query.first()
	keep.page.Size = 0
	p.Keep = params(keep.values())
	link := func(page console.PageRequest) string {
		page.Size = l.query.page.Size
		q := l.query
		q.page = page
		return q.address()
	}
	if l.page.Previous != "" {
		p.First, p.Prev = link(console.PageRequest{}), link(console.PageRequest{Cursor: l.page.Previous})
	}
	if l.page.Next != "" {
		p.Next, p.Last = link(console.PageRequest{Cursor: l.page.Next}), link(console.PageRequest{Last: true})
	}
	return p
}

// allTime is the address of the same log without bounds of time, if it has any.
func (l auditLog) allTime() string {
	if l.query.period == "all" {
		return ""
	}
	all := l.query.first()
	all.period, all.from, all.to = "all", "", ""
	return all.address()
}
