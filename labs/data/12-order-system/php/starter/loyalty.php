<?php

declare(strict_types=1);

/*
 * The loyalty service: one record of points for each order, until Ctrl-C or until
 * it has been idle for 30 s:
 *
 *   php loyalty.php
 *
 * Delivery is at least once, and the topic may be replayed. Still exactly one output an order.
 */

require __DIR__.'/lib/lab.php';
require __DIR__.'/PointsLedger.php';

use Lab\Registry;
use RdKafka\KafkaConsumer;
use RdKafka\Producer;

const INPUT = 'orders';
const OUTPUT = 'loyalty';

$registry = Registry::fromEnv();
$ledger = new PointsLedger(Lab\env('DB_DSN', 'sqlite:'.__DIR__.'/lab.sqlite'));
// TODO: a producer with idempotence, and a delivery report callback that calls $ledger->sent(the key).
// TODO: a consumer of the group Lab\name('loyalty') that starts at the earliest order
//       and commits by hand.

// TODO: for each order:
//   1. decode it; its id is in 'order', the amount in 'cents'
//   2. $ledger->claim($id): false means that it has its points already: only commit;
//      claimed in an earlier run and not marked as sent: only the topic OUTPUT knows whether
//      its points were written, so look for its key there before you send them again
//   3. encode the points (loyalty.avsc), produce them keyed by the order's id,
//      with the header 'id' => "loyalty:ID", by which others know what comes twice
//   4. flush; only if $ledger->isSent($id): commit the order. If not: stop with an error.
