<?php

declare(strict_types=1);

/*
 * Books orders into a small SQL database, until it has been idle for 10 s, or Ctrl-C:
 *
 *   php consumer.php
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
        $db->exec('CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, customer TEXT, cents INTEGER)');
    }

    /** @param array<string, mixed> $order */
    public function handle(array $order): void
    {
        // Twice is once: the second time the row is there already.
        $this->db->prepare('INSERT INTO orders VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING')
            ->execute([$order['id'], $order['customer'], $order['cents']]);
    }
}

final class DeadLetters
{
    private readonly Producer $producer;

    private int $failed = 0;

    public function __construct(private readonly string $topic)
    {
        $conf = Lab\conf(['enable.idempotence' => 'true', 'message.timeout.ms' => '15000']);
        $conf->setDrMsgCb(function ($client, Message $message): void {
            $this->failed = $message->err;
        });
        $this->producer = new Producer($conf);
    }

    public function put(Message $message, Throwable $why): void
    {
        $this->failed = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT; // until the delivery report says otherwise
        $this->producer->newTopic($this->topic)->producev(RD_KAFKA_PARTITION_UA, 0, $message->payload, $message->key, array_merge($message->headers ?? [], [
            'error' => $why->getMessage(),
            'error-class' => $why::class,
            'source' => "$message->topic_name/$message->partition/$message->offset",
        ]));
        $this->producer->flush(20_000);
        if ($this->failed !== RD_KAFKA_RESP_ERR_NO_ERROR) {
            // Not committed, so it comes again after a restart: nothing is lost.
            throw new RuntimeException('the dead letter was not delivered: '.rd_kafka_err2str($this->failed));
        }
    }
}

/** Runs the work; what is only away for a while is tried again, with growing pauses. */
function retrying(callable $work): void
{
    for ($attempt = 1; ; $attempt++) {
        try {
            $work();

            return;
        } catch (PDOException $e) {
            if ($attempt === 5) {
                throw $e;
            }
            usleep(100_000 * 2 ** $attempt); // 3 s in all: far below max.poll.interval.ms
        }
    }
}

$db = new PDO(Lab\env('DB_DSN', 'sqlite:'.__DIR__.'/lab.sqlite'));
$db->setAttribute(PDO::ATTR_ERRMODE, PDO::ERRMODE_EXCEPTION);
$handler = new OrderHandler($db);
$dead = new DeadLetters(Lab\name('orders.dead-letter'));
$registry = Registry::fromEnv();

$consumer = new KafkaConsumer(Lab\conf([
    'group.id' => Lab\name('php-booking'),
    'auto.offset.reset' => 'earliest',
    'enable.auto.commit' => 'false', // at least once: we commit when the record is dealt with
]));
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
        $order = $registry->decode($message->payload ?? '');
        retrying(fn () => $handler->handle($order));
    } catch (Lab\AvroError|TypeError|UnexpectedValueException $e) {
        $dead->put($message, $e); // it will never work: put it aside, with the reason
    } catch (Lab\RegistryError $e) {
        if ($e->getCode() !== 40403) {
            throw $e; // the registry is away: stop, and start again where we are
        }
        $dead->put($message, $e); // written with a schema that nobody has
    }
    // Anything else (the database is still away) ends the process, before the commit.
    $consumer->commit($message);
}
$consumer->close();
printf("%d orders booked\n", $db->query('SELECT COUNT(*) FROM orders')->fetchColumn());
