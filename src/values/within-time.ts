/**
 * Returns the answer, or what `whenLate` returns or throws when there is none within the time. A later answer is ignored.
 */
export function withinTime<T, Late>(answer: Promise<T>, ms: number, whenLate: () => Late): Promise<T | Late> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(whenLate());
      } catch (error) {
        reject(error);
      }
    }, ms);
    // `finally` would make three promises more. Policies wait here for each item of a list.
    answer.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
