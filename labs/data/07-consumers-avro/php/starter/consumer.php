<?php

declare(strict_types=1);

/*
 * Books orders into a small SQL database, until it has been idle for 10 s, or Ctrl-C:
 *
 *   php consumer.php
 *
 * As it stands it loses what it cannot handle, and books twice what comes twice.
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\KafkaConsumer;
use RdKafka\Message;
use RdKafka\Producer;

final class OrderHandler
{
    public function __construct(private readonly PDO $db)
    {
        // TODO: make the order's id unique, so that a replay books nothing twice.
        $db->exec('CREATE TABLE IF NOT EXISTS orders (id TEXT, customer TEXT, cents INTEGER)');
    }

    /** @param array<string, mixed> $order */
    public function handle(array $order): void
    {
        $this->db->prepare('INSERT INTO orders VALUES (?, ?, ?)')->execute([$order['id'], $order['customer'], $order['cents']]);
    }
}

final class DeadLetters
{
    public function __construct(private readonly string $topic) {}

    public function put(Message $message, Throwable $why): void
    {
        // TODO: produce key and value unchanged, with headers: error, error-class, source
        //       ("topic/partition/offset"). Return only when it is delivered: throw if not.
    }
}

$db = new PDO(Lab\env('DB_DSN', 'sqlite:'.__DIR__.'/lab.sqlite'));
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$handler = new OrderHandler($db);
$dead = new DeadLetters(Lab\name('orders.dead-letter'));
$registry = Registry::fromEnv();

// TODO: at least once: the automatic commit can lose what is in work.
$consumer = new KafkaConsumer(Lab\conf(['group.id' => Lab\name('php-booking'), 'auto.offset.reset' => 'earliest']));
$consumer->subscribe([Lab\name('orders')]);

for ($idle = 0; Lab\running() && $idle < 10; $idle++) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw new RuntimeException($message->errstr(), $message->err);
    }
    $idle = 0;
    try {
        $handler->handle($registry->decode($message->payload));
    } catch (Throwable $e) {
        // TODO: a database that is away (PDOException): try again, with pauses, some times.
        //       Anything else: a dead letter. Swallowing it, as here, is losing it.
        fwrite(STDERR, $e->getMessage()."\n");
    }
    // TODO: commit: now the record is dealt with.
}
$consumer->close();
