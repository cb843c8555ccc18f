import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.Objects;
import java.util.UUID;

/** What every Java suite stands on: checks that are run in order, and waits that have a bound. */
public final class Check {
    public static final String BOOTSTRAP = System.getenv().getOrDefault("INTEROP_BOOTSTRAP", "127.0.0.1:9092");
    public static final int WAIT_SECONDS =
        30 * Integer.parseInt(System.getenv().getOrDefault("SLUICE_INTEROP_PATIENCE", "1"));

    private static final String WANTED = System.getenv().getOrDefault("INTEROP_CHECK", "");
    private static int failed;

    /** What a check does; it passes unless it throws. */
    public interface Body {
        void run() throws Throwable;
    }

    /** What may become true. */
    public interface Condition {
        boolean holds() throws Exception;
    }

    private Check() {}

    /** Runs one check, if its name contains $INTEROP_CHECK. */
    public static void run(String name, Body body) {
        if (!name.contains(WANTED)) return;
        final long begun = System.nanoTime();
        try {
            body.run();
            System.out.printf("ok %s (%.1f s)%n", name, (System.nanoTime() - begun) / 1e9);
        } catch (Throwable thrown) {
            failed++;
            System.out.println("not ok " + name);
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) show(cause);
        }
    }

    /** Ends the program, with 1 if a check failed: threads that one left behind do not keep it. */
    public static void finish() {
        System.out.flush();
        Runtime.getRuntime().halt(failed == 0 ? 0 : 1);
    }

    /** Whether the broker advertises an API, by its answer to ApiVersions, version 0. */
    public static boolean brokerServes(int apiKey) throws IOException {
        final int colon = BOOTSTRAP.lastIndexOf(':');
        try (Socket socket = new Socket(BOOTSTRAP.substring(0, colon), Integer.parseInt(BOOTSTRAP.substring(colon + 1)))) {
            final DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(10);
            out.writeShort(18);
            out.writeShort(0);
            out.writeInt(1);
            out.writeShort(-1);
            out.flush();
            final DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readInt();
            in.readInt();
            in.readShort();
            for (int left = in.readInt(); left > 0; left--) {
                if (in.readShort() == apiKey) return true;
                in.readInt();
            }
            return false;
        }
    }

    /** A name that no other check uses, for topics and groups. */
    public static String unique(String stem) {
        return stem + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    public static void equal(Object actual, Object expected, String what) {
        if (!Objects.equals(actual, expected))
            throw new AssertionError(what + ": expected " + expected + ", got " + actual);
    }

    public static void that(boolean holds, String what) {
        if (!holds) throw new AssertionError("not so: " + what);
    }

    /** Asks again and again, until the condition holds. */
    public static void until(Condition condition, String what) throws Exception {
        final long end = System.nanoTime() + WAIT_SECONDS * 1_000_000_000L;
        while (!condition.holds()) {
            if (System.nanoTime() > end) throw new AssertionError("not within " + WAIT_SECONDS + " s: " + what);
            Thread.sleep(10);
        }
    }

    /** Runs a body that must throw `kind`, as it is or as the cause of what it throws. */
    public static void refused(Class<? extends Throwable> kind, String what, Body body) throws Throwable {
        try {
            body.run();
        } catch (Throwable thrown) {
            if (kind.isInstance(thrown) || kind.isInstance(thrown.getCause())) return;
            throw thrown;
        }
        throw new AssertionError("not refused with " + kind.getSimpleName() + ": " + what);
    }

    /** The message, and where in the suite: the client's own frames are left out. */
    private static void show(Throwable thrown) {
        System.out.println("  " + thrown);
        for (StackTraceElement frame : thrown.getStackTrace()) {
            if (frame.getClassName().indexOf('.') < 0 && !frame.getClassName().startsWith("Check"))
                System.out.println("    at " + frame);
        }
    }
}
