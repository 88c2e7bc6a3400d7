<?php

declare(strict_types=1);

/** Remembers which orders have been given points, across restarts and replays. */
final class PointsLedger
{
    private readonly PDO $db;

    public function __construct(string $dsn)
    {
        $this->db = new PDO($dsn);
        $this->db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
        $this->db->exec('CREATE TABLE IF NOT EXISTS points (order_id TEXT PRIMARY KEY, sent INTEGER NOT NULL DEFAULT 0)');
    }

    /** Notes that an order is in work. False: its points were sent before. */
    public function claim(string $order): bool
    {
        $this->db->prepare('INSERT INTO points (order_id) VALUES (?) ON CONFLICT (order_id) DO NOTHING')->execute([$order]);

        return ! $this->isSent($order);
    }

    public function sent(string $order): void
    {
        // Also for one that was never claimed here: the output topic had it.
        $this->db->prepare('INSERT INTO points VALUES (?, 1) ON CONFLICT (order_id) DO UPDATE SET sent = 1')->execute([$order]);
    }

    public function isSent(string $order): bool
    {
        $find = $this->db->prepare('SELECT sent FROM points WHERE order_id = ?');
        $find->execute([$order]);

        return (bool) $find->fetchColumn();
    }

    /** True after a crash between sending and noting it: then only the topic knows. */
    public function isUnsure(): bool
    {
        return (bool) $this->db->query('SELECT EXISTS (SELECT 1 FROM points WHERE sent = 0)')->fetchColumn();
    }
}
