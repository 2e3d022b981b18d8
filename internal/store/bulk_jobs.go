package store

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"latchkey/internal/console"
)

type bulkJobRow struct {
	ID         int64  `gorm:"primaryKey"`
	GUID       string `gorm:"column:guid"`
	At         int64
	Request    string
	Filter     string
	Words      string
	ActorKind  string
	ActorGUID  string `gorm:"column:actor_guid"`
	ActorName  string
	ActorEpoch int
	Address    string
	Agent      string
	RequestID  string
	Gathered   int
	Total      int
	Place      int64
	Changed    int
	Same       int
	Refused    int
	FinishedAt *int64
	Ending     string
	Why        string
	Worker     string
	LeaseUntil int64
}

func (bulkJobRow) TableName() string { return "bulk_jobs" }

// job reads a row. What it does not understand it refuses: of a filter that a
// newer version wrote, a part would match more.
func (r bulkJobRow) job() (console.BulkJob, error) {
	job := console.BulkJob{
		ID: r.ID, GUID: console.GUID(r.GUID), At: fromMillis(r.At),
		Actor: console.Principal{
			Kind: console.PrincipalKind(r.ActorKind), GUID: console.GUID(r.ActorGUID), Name: r.ActorName, Epoch: r.ActorEpoch,
			Address: r.Address, Agent: r.Agent, RequestID: r.RequestID,
		},
		Gathered: r.Gathered == 1, Total: r.Total, Place: r.Place, Changed: r.Changed, Same: r.Same, Refused: r.Refused,
		FinishedAt: fromOptional(r.FinishedAt), End: console.BulkEnd(r.Ending), Why: r.Why,
		Worker: r.Worker, LeaseUntil: fromMillis(r.LeaseUntil),
	}
	if job.Actor.Kind == console.PrincipalSystem {
		job.Actor.Role = console.System("").Role
	}
	for text, into := range map[string]any{r.Request: &job.Request, r.Filter: &job.Filter, r.Words: &job.Words} {
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(into); err != nil {
			return job, fmt.Errorf("read the job %s: %w", job.GUID, err)
		}
	}
	return job, nil
}

// InsertBulkJob adds a job of which nothing is done yet.
func (s *Store) InsertBulkJob(ctx context.Context, j console.BulkJob) error {
	texts := make([]string, 3)
	for i, part := range []any{j.Request, j.Filter, j.Words} {
		text, err := json.Marshal(part)
		if err != nil {
			return err
		}
		texts[i] = string(text)
	}
	return s.writer(ctx).Exec(`INSERT INTO bulk_jobs (guid, at, request, filter, words, actor_kind, actor_guid, actor_name, actor_epoch, address, agent, request_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(j.GUID), millis(j.At), texts[0], texts[1], texts[2],
		string(j.Actor.Kind), string(j.Actor.GUID), j.Actor.Name, j.Actor.Epoch, j.Actor.Address, j.Actor.Agent, j.Actor.RequestID).Error
}

// FindBulkJob returns the job with that GUID.
func (s *Store) FindBulkJob(ctx context.Context, guid console.GUID) (console.BulkJob, error) {
	return s.oneBulkJob(ctx, `t.guid = ?`, string(guid))
}

// LockBulkJob is FindBulkJob for a transaction that will change the job.
func (s *Store) LockBulkJob(ctx context.Context, guid console.GUID) (console.BulkJob, error) {
	return s.oneBulkJob(ctx, `t.guid = ?`+s.dialect.locking(), string(guid))
}

// LockOpenBulkJob locks a job that worker may go on with at now: their own, or
// one that nobody else works on. Of several it is the one that waited longest.
func (s *Store) LockOpenBulkJob(ctx context.Context, worker string, now time.Time) (console.BulkJob, error) {
	return s.oneBulkJob(ctx, openBulkJob+` ORDER BY t.lease_until, t.id LIMIT 1`+s.dialect.changingFree(),
		worker, millis(now))
}

// AnyOpenBulkJob reports whether there may be such a job.
func (s *Store) AnyOpenBulkJob(ctx context.Context, worker string, now time.Time) (bool, error) {
	var found int
	err := s.reader(ctx).Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM bulk_jobs t WHERE `+openBulkJob+` LIMIT 1) AS open`, worker, millis(now)).Scan(&found).Error
	return found > 0, err
}

const openBulkJob = `t.finished_at IS NULL AND (t.worker = ? OR t.lease_until <= ?)`

func (s *Store) oneBulkJob(ctx context.Context, rest string, args ...any) (console.BulkJob, error) {
	var rows []bulkJobRow
	if err := s.reader(ctx).Raw(`SELECT t.* FROM bulk_jobs t WHERE `+rest, args...).Scan(&rows).Error; err != nil {
		return console.BulkJob{}, err
	}
	if len(rows) == 0 {
		return console.BulkJob{}, console.NotFound()
	}
	return rows[0].job()
}

// UpdateBulkJob writes how far a locked job came.
func (s *Store) UpdateBulkJob(ctx context.Context, j console.BulkJob) error {
	return s.writer(ctx).Exec(`UPDATE bulk_jobs SET gathered = ?, total = ?, place = ?, changed = ?, same = ?, refused = ?,
		finished_at = ?, ending = ?, why = ?, worker = ?, lease_until = ? WHERE id = ?`,
		bit(j.Gathered), j.Total, j.Place, j.Changed, j.Same, j.Refused,
		optional(j.FinishedAt), string(j.End), j.Why, j.Worker, millis(j.LeaseUntil), j.ID).Error
}

// PostponeBulkJob has others come before a job that is not finished.
func (s *Store) PostponeBulkJob(ctx context.Context, id int64, until time.Time) error {
	return s.writer(ctx).Exec(`UPDATE bulk_jobs SET lease_until = ? WHERE id = ? AND finished_at IS NULL`, millis(until), id).Error
}

// ReleaseBulkJobs lets others go on at once with what worker worked on.
func (s *Store) ReleaseBulkJobs(ctx context.Context, worker string) error {
	return s.writer(ctx).Exec(`UPDATE bulk_jobs SET lease_until = 0 WHERE worker = ? AND finished_at IS NULL`, worker).Error
}

// ListBulkJobs returns a page of the jobs, the newest first; with an actor, of theirs.
func (s *Store) ListBulkJobs(ctx context.Context, actor console.GUID, request console.PageRequest) (console.Page[console.BulkJob], error) {
	var where conditions
	if actor != "" {
		where.add("actor_guid = ?", string(actor))
	}
	var total int
	err := s.reader(ctx).Raw(fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 FROM bulk_jobs%s LIMIT %d) AS counted`, where.where(), console.TotalLimit+1), where.args...).Scan(&total).Error
	if err != nil {
		return console.Page[console.BulkJob]{}, err
	}
	w := newWalk("jobs", true, request)
	if w.from != nil {
		where.add("id "+w.comparison()+" ?", w.from.Time)
	}
	var rows []bulkJobRow
	err = s.reader(ctx).Raw(fmt.Sprintf(`SELECT * FROM bulk_jobs%s ORDER BY id %s LIMIT %d`, where.where(), w.direction(), w.rows), where.args...).Scan(&rows).Error
	if err != nil {
		return console.Page[console.BulkJob]{}, err
	}
	rows, page := pageOf[console.BulkJob](w, rows, func(r bulkJobRow) position { return position{Time: r.ID} }, console.Counted(total))
	page.Items = make([]console.BulkJob, len(rows))
	for i, row := range rows {
		if page.Items[i], err = row.job(); err != nil {
			return page, err
		}
	}
	return page, nil
}

// DeleteBulkJobs removes jobs that finished before that time, and their
// outcomes, at most so many of these.
func (s *Store) DeleteBulkJobs(ctx context.Context, before time.Time, limit int) error {
	var ids []int64
	err := s.reader(ctx).Raw(`SELECT id FROM bulk_jobs WHERE finished_at < ? ORDER BY id LIMIT 100`, millis(before)).Scan(&ids).Error
	for _, id := range ids {
		if err != nil || limit <= 0 {
			return err
		}
		done := s.writer(ctx).Exec(fmt.Sprintf(`DELETE FROM bulk_outcomes WHERE job_id = ? AND place IN
			(SELECT place FROM bulk_outcomes WHERE job_id = ? ORDER BY place LIMIT %d)`, limit), id, id)
		if err = done.Error; err != nil {
			return err
		}
		if limit -= int(done.RowsAffected); limit > 0 {
			err = s.writer(ctx).Exec(`DELETE FROM bulk_jobs WHERE id = ?`, id).Error
		}
	}
	return err
}

// bulkSource is what a bulk request reads of the tokens that match f at an instant.
func (s *Store) bulkSource(ctx context.Context, f console.TokenFilter, at time.Time) (conditions, error) {
	filter, err := s.filterTokens(ctx, f, nil, at)
	if err != nil {
		return conditions{}, err
	}
	where := filter.all()
	if sql, args := statusPasses(f.Status, f.Retention, at); sql != "" {
		where.add(sql, args...)
	}
	where.add("t.created_at <= ?", millis(at))
	return where, nil
}

// ListMatching returns the ids behind after of the tokens that match f at that
// instant, in their order.
func (s *Store) ListMatching(ctx context.Context, f console.TokenFilter, at time.Time, after int64) ([]int64, error) {
	where, err := s.bulkSource(ctx, f, at)
	if err != nil {
		return nil, err
	}
	where.add("t.id > ?", after)
	var ids []int64
	err = s.reader(ctx).Raw(`SELECT t.id FROM tokens t`+where.where()+` ORDER BY t.id`, where.args...).Scan(&ids).Error
	return ids, err
}

// GroupTokens divides the tokens that match f at that instant into groups that
// b treats alike, and returns one of each with its number. What tokens can't be
// told apart by here, no rule of console.BulkRequest.Judge may ask.
func (s *Store) GroupTokens(ctx context.Context, f console.TokenFilter, b console.BulkRequest, at time.Time) ([]console.TokenGroup, error) {
	where, err := s.bulkSource(ctx, f, at)
	if err != nil {
		return nil, err
	}
	var columns []string
	var args []any
	apart := func(sql string, values ...any) {
		columns = append(columns, fmt.Sprintf("%s AS k%d", sql, len(columns)))
		args = append(args, values...)
	}
	apart("t.type")
	for _, status := range console.Statuses[1:] {
		sql, values := statusIs(status, at)
		apart("CASE WHEN "+sql+" THEN 1 ELSE 0 END", values...)
	}
	if f.Visible.Limited {
		apart(`(SELECT string_agg(CAST(tr.repository_guid AS TEXT), ' ' ORDER BY tr.repository_guid) FROM token_repositories tr WHERE tr.token_id = t.id)`)
	}
	if f.Visible.Limited || b.Edits() {
		apart("t.scopes")
		apart("CASE WHEN t.ip_filter_guid IS NULL THEN 0 ELSE 1 END")
	}
	switch b.Verb {
	case console.BulkDisable:
		apart("CASE WHEN COALESCE(t.disabled_until, 0) = ? THEN 1 ELSE 0 END", cmp.Or(optional(b.Until), new(int64)))
	case console.BulkTransfer:
		apart("CASE WHEN t.owner_guid = ? THEN 1 ELSE 0 END", string(b.Owner))
	case console.BulkExtend:
		apart("CASE WHEN t.valid_to IS NULL THEN 0 WHEN t.valid_to < ? THEN 1 ELSE 2 END", millis(b.ValidTo))
		apart("CASE WHEN t.starts_at >= ? THEN 1 ELSE 0 END", millis(b.ValidTo))
	}
	keys := make([]string, len(columns))
	for i := range columns {
		keys[i] = fmt.Sprintf("k%d", i)
	}
	var groups []struct {
		ID int64
		N  int
	}
	err = s.reader(ctx).Raw(`SELECT MIN(id) AS id, COUNT(*) AS n FROM (SELECT t.id, `+strings.Join(columns, ", ")+` FROM tokens t`+where.where()+`) AS matching
		GROUP BY `+strings.Join(keys, ", "), append(args, where.args...)...).Scan(&groups).Error
	if err != nil {
		return nil, err
	}
	sizes, ids := map[int64]int{}, make([]int64, len(groups))
	for i, group := range groups {
		sizes[group.ID], ids[i] = group.N, group.ID
	}
	return s.representatives(ctx, ids, sizes)
}
