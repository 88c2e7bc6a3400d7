<?php

declare(strict_types=1);

/*
 * Registers user.avsc and writes one user:  php register.php
 */

require __DIR__.'/lib/lab.php';

use Lab\Registry;
use RdKafka\Message;
use RdKafka\Producer;

$schema = file_get_contents(__DIR__.'/user.avsc');
$registry = Registry::fromEnv();
$topic = Lab\name('users');
$subject = "$topic-value"; // the default naming: topic and suffix

$id = $registry->register($subject, $schema);
echo "schema id $id\n"; // the same at the next run: nothing changed

$user = ['id' => 'u-17', 'email' => 'ada@example.com', 'age' => 42];
$bytes = $registry->encode($subject, $schema, $user);
printf("magic %s  id %s  avro %s\n", bin2hex($bytes[0]), bin2hex(substr($bytes, 1, 4)), bin2hex(substr($bytes, 5)));
printf("%d bytes, as JSON %d\n", strlen($bytes), strlen(json_encode($user)));

$delivered = false;
$conf = Lab\conf(['message.timeout.ms' => '10000', 'partitioner' => 'murmur2_random']);
$conf->setDrMsgCb(function ($client, Message $message) use (&$delivered): void {
    $delivered = $message->err === RD_KAFKA_RESP_ERR_NO_ERROR;
});
$producer = new Producer($conf);
$producer->newTopic($topic)->produce(RD_KAFKA_PARTITION_UA, 0, $bytes, $user['id']);
$producer->flush(12_000);
echo $delivered ? "written to $topic\n" : "not delivered\n";
exit($delivered ? 0 : 1);
