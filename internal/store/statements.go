package store

import (
	"context"
	"database/sql/driver"
	"slices"
)

// statementsKept is how many statements a connection keeps.
const statementsKept = 50

// A keeper makes connections that keep their statements: to prepare one takes as
// long as a short one takes, and a page asks the same again and again.
type keeper struct {
	driver.Connector
	// prepare is done with each connection first.
	prepare func(driver.Conn) error
}

func (k keeper) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := k.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.prepare(conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &keepingConn{connection: conn.(connection)}, nil
}

// connection and statement are what the driver's can do.
type (
	connection interface {
		driver.Conn
		driver.ConnPrepareContext
		driver.ConnBeginTx
		driver.ExecerContext
		driver.NamedValueChecker
	}
	statement interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
		driver.NamedValueChecker
	}
)

// keepingConn is a connection, which one at a time uses, with the statements that
// nobody has in hand now, those used last at the end.
type keepingConn struct {
	connection
	kept []*keptStatement
}

// keptStatement goes back to its connection when it is closed.
type keptStatement struct {
	statement
	text string
	conn *keepingConn
}

// PrepareContext takes the statement that is kept, or prepares it.
func (c *keepingConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if i := slices.IndexFunc(c.kept, func(s *keptStatement) bool { return s.text == text }); i >= 0 {
		found := c.kept[i]
		c.kept = slices.Delete(c.kept, i, i+1)
		return found, nil
	}
	made, err := c.connection.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return &keptStatement{statement: made.(statement), text: text, conn: c}, nil
}

func (s *keptStatement) Close() error {
	c := s.conn
	if c.kept = append(c.kept, s); len(c.kept) <= statementsKept {
		return nil
	}
	oldest := c.kept[0]
	c.kept = slices.Delete(c.kept, 0, 1)
	return oldest.statement.Close()
}

// Close ends the connection, which has to have no statements then.
func (c *keepingConn) Close() error {
	for _, s := range c.kept {
		_ = s.statement.Close() // what failed last, not whether it ends
	}
	c.kept = nil
	return c.connection.Close()
}
