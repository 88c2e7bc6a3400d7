<?php

declare(strict_types=1);

/*
 * Writes one payment and reads it back as a user of its own:
 *
 *   php secure.php USER PASSWORD
 *
 * Make the user and its rights first; it needs WRITE and READ on the topic, and
 * READ on the group. What is missing shows here as an error.
 */

require __DIR__.'/lib/lab.php';

use RdKafka\Conf;
use RdKafka\KafkaConsumer;
use RdKafka\Message;
use RdKafka\Producer;

[, $user, $password] = $argv + [1 => '', 2 => ''];
if ($user === '' || $password === '') {
    fwrite(STDERR, "usage: php secure.php USER PASSWORD\n");
    exit(2);
}

function secure(string $user, string $password, array $more): Conf
{
    $conf = new Conf;
    foreach ([
        'bootstrap.servers' => Lab\env('KAFKA_BROKERS'),
        'security.protocol' => 'SASL_SSL',                 // encrypted, and signed in
        'ssl.ca.location' => Lab\env('KAFKA_SSL_CA'),      // whom we trust; names are checked by default
        'sasl.mechanisms' => 'SCRAM-SHA-512',              // the password is never sent
        'sasl.username' => $user,
        'sasl.password' => $password,
    ] + $more as $name => $value) {
        $conf->set($name, $value);
    }
    $conf->setErrorCb(function ($client, int $err, string $reason): void {
        fwrite(STDERR, rd_kafka_err2name($err).": $reason\n");
        if ($err === RD_KAFKA_RESP_ERR__AUTHENTICATION) {
            exit(1); // a wrong password does not get better by waiting
        }
    });

    return $conf;
}

$id = 'pay-'.bin2hex(random_bytes(4));
$failed = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
$conf = secure($user, $password, ['message.timeout.ms' => '10000', 'enable.idempotence' => 'true']);
$conf->setDrMsgCb(function ($client, Message $message) use (&$failed): void {
    $failed = $message->err;
});
$producer = new Producer($conf);
$producer->newTopic(Lab\name('payments'))->produce(RD_KAFKA_PARTITION_UA, 0, json_encode(['payment' => $id]), $id);
$producer->flush(12_000);
echo 'write: '.($failed === RD_KAFKA_RESP_ERR_NO_ERROR ? "allowed, $id\n" : rd_kafka_err2name($failed)."\n");

$consumer = new KafkaConsumer(secure($user, $password, [
    'group.id' => Lab\name('payments-reader'),
    'auto.offset.reset' => 'earliest',
    'enable.auto.commit' => 'false',
]));
$consumer->subscribe([Lab\name('payments')]);
$read = 'nothing came';
for ($i = 0; Lab\running() && $i < 15; $i++) {
    $message = $consumer->consume(1000);
    if ($message->err === RD_KAFKA_RESP_ERR__TIMED_OUT) {
        continue;
    }
    if ($message->err !== RD_KAFKA_RESP_ERR_NO_ERROR) {
        $read = rd_kafka_err2name($message->err); // TOPIC_ or GROUP_AUTHORIZATION_FAILED: which right is missing

        break;
    }
    $consumer->commit($message);
    if ($failed !== RD_KAFKA_RESP_ERR_NO_ERROR || $message->key === $id) {
        $read = 'allowed';

        break;
    }
}
$consumer->close();
echo "read: $read\n";
exit($failed === RD_KAFKA_RESP_ERR_NO_ERROR && $read === 'allowed' ? 0 : 1);
