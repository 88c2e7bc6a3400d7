<?php

declare(strict_types=1);

use Illuminate\Database\Migrations\Migration;
use Illuminate\Database\Schema\Blueprint;
use Illuminate\Support\Facades\Schema;

return new class extends Migration
{
    public function up(): void
    {
        Schema::create('booked_orders', function (Blueprint $table): void {
            $table->string('id')->primary(); // twice is once
            $table->string('customer');
            $table->bigInteger('cents');
            $table->timestamp('created_at');
        });
    }

    public function down(): void
    {
        Schema::dropIfExists('booked_orders');
    }
};
